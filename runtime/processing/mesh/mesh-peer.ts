// The connection to another replica: exchanges out, their observations back, in order.
import type { TLSSocket } from 'node:tls';
import { Backoff } from '../../protocol/backoff.ts';
import { checkOwnerFrame } from '../../protocol/frame-bounds.ts';
import { encodeFrame, FrameDecoder } from '../../protocol/framing.ts';
import type { Observation } from '../../protocol/generated/findings.ts';
import { GatewayFrame, OwnerFrame } from '../../protocol/generated/mesh.ts';
import type { Exchange } from '../../protocol/generated/mirror.ts';
import { maxFindingsFrameBytes } from '../../protocol/limits.ts';
import { connectLink } from '../../protocol/link.ts';
import { version } from '../../service/version.ts';
import { hashOf } from './rendezvous.ts';

export interface MeshPeerOptions {
  host: string;
  port: number;
  token: string;
  /** Name of this replica. */
  replica: string;
  /** Told when the connection comes and goes. */
  onState: (connected: boolean, reason: string) => void;
  /** Longest silence while an answer is due. @default 5000 */
  answerTimeoutMs?: number;
}

interface Pending {
  resolve(observations: Observation[]): void;
  reject(error: Error): void;
}

/** More than this waiting to be sent: the peer is slower than this replica, which does the work itself meanwhile. */
const maxUnsentBytes = 16 * 1024 * 1024;

export class MeshPeer {
  readonly name: string;
  readonly seed: number;
  readonly #options: MeshPeerOptions;
  readonly #closing = new AbortController();
  readonly #finished: Promise<void>;
  #pending: Pending[] = [];
  #socket: TLSSocket | undefined;

  /** Connects at once and keeps trying, with growing delays up to 2 s, until `close`. */
  constructor(options: MeshPeerOptions) {
    this.name = options.host;
    this.seed = hashOf(options.host);
    this.#options = options;
    this.#finished = this.#run();
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Whether it takes further exchanges now. */
  get ready(): boolean {
    return this.#socket !== undefined && this.#socket.writableLength < maxUnsentBytes;
  }

  /** What the peer observes. Rejects when the connection ends first: then nothing of it counts anywhere. */
  forward(exchanges: Exchange[]): Promise<Observation[]> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      if (socket === undefined) return reject(new Error(`${this.name} is not connected`));
      this.#pending.push({ resolve, reject });
      const frame = GatewayFrame.encode({ frame: { $case: 'forward', forward: { exchanges } } });
      socket.write(encodeFrame(frame.finish()));
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#socket?.destroy();
    await this.#finished;
  }

  async #run(): Promise<void> {
    const { host, port, token, onState } = this.#options;
    const { signal } = this.#closing;
    const backoff = new Backoff();
    while (!signal.aborted) {
      let reason = 'closed by the other side';
      try {
        const socket = await connectLink({ host, port, token, link: 'mesh', signal, timeoutMs: 5000 });
        await this.#converse(socket, () => {
          backoff.reset();
          onState(true, '');
        });
      } catch (error) {
        reason = (error as Error).message;
      }
      const wasConnected = this.#socket !== undefined;
      this.#socket = undefined;
      for (const pending of this.#pending.splice(0)) pending.reject(new Error(`${host}: ${reason}`));
      if (signal.aborted) return;
      if (wasConnected) onState(false, reason);
      await wait(backoff.next(), signal);
    }
  }

  /** Resolves when the connection has ended; rejects when the other side does not keep to the protocol. */
  #converse(socket: TLSSocket, onWelcome: () => void): Promise<void> {
    const { answerTimeoutMs = 5000, replica } = this.#options;
    const decoder = new FrameDecoder(maxFindingsFrameBytes);
    let welcomed = false;
    let failure: Error | undefined;
    // Closing must not wait for a Welcome that does not come.
    const { signal } = this.#closing;
    const destroy = () => socket.destroy();
    signal.addEventListener('abort', destroy, { once: true });
    if (signal.aborted) destroy();
    const fail = (error: Error) => {
      failure ??= error;
      socket.destroy();
    };
    socket.setTimeout(answerTimeoutMs, () => {
      if (!welcomed || this.#pending.length > 0) fail(new Error(`no answer for ${answerTimeoutMs} ms`));
    });
    socket.write(
      encodeFrame(GatewayFrame.encode({ frame: { $case: 'hello', hello: { replica, version } } }).finish()),
    );
    socket.on('data', chunk => {
      try {
        for (const bytes of decoder.push(chunk)) {
          checkOwnerFrame(bytes);
          const { frame } = OwnerFrame.decode(bytes);
          if (!welcomed && frame?.$case === 'welcome') {
            welcomed = true;
            this.#socket = socket;
            onWelcome();
          } else if (welcomed && frame?.$case === 'result' && this.#pending.length > 0)
            this.#pending.shift()?.resolve(frame.result.observations);
          else throw new Error(`unexpected frame: ${frame?.$case ?? 'empty'}`);
        }
      } catch (error) {
        fail(error as Error);
      }
    });
    socket.on('error', error => {
      failure ??= error;
    });
    return new Promise((resolve, reject) => {
      socket.once('close', () => {
        signal.removeEventListener('abort', destroy);
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }
}

function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done, { once: true });
  });
}
