// The connection to aggregation: requests answered in order, several under way, all repeated after a reconnect.
// Repeating is harmless, because aggregation recognises what it has stored.
import type { TLSSocket } from 'node:tls';
import { Backoff } from '../protocol/backoff.ts';
import { encodeFrame, FrameDecoder } from '../protocol/framing.ts';
import { AggregationFrame, ProcessingFrame, type TemplateUpdate } from '../protocol/generated/findings.ts';
import { maxFindingsReplyBytes } from '../protocol/limits.ts';
import { type ClientCertificates, connectLink } from '../protocol/link.ts';
import { version } from '../service/version.ts';

export interface AggregationClientOptions {
  host: string;
  port: number;
  token: string;
  /** X.509 instead of the pre-shared key. */
  certificates?: ClientCertificates | undefined;
  replica: string;
  /** Told when the connection comes and goes; `reason` is undefined while connected. */
  onState: (reason: string | undefined) => void;
  /** Told what aggregation has learnt about the paths of a host. */
  onTemplates?: (update: TemplateUpdate) => void;
  /** Longest silence while an answer is due. @default 30000 */
  answerTimeoutMs?: number;
}

type Answer = NonNullable<AggregationFrame['frame']>;

interface Pending {
  bytes: Buffer;
  /** Nobody waits any more: not sent again, and its answer, if it still comes, is thrown away. */
  abandoned: boolean;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** The request was given up by its sender, or the client was closed. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';
}

export class AggregationClient {
  readonly #options: AggregationClientOptions;
  readonly #closing = new AbortController();
  readonly #finished: Promise<void>;
  /** In the order in which answers come. */
  #pending: Pending[] = [];
  #socket: TLSSocket | undefined;

  /** Connects at once and keeps trying, with growing delays up to 2 s, until `close`. */
  constructor(options: AggregationClientOptions) {
    this.#options = options;
    this.#finished = this.#run();
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Resolves with the answer, however long aggregation is away. Rejects with AbandonedError on `signal` or `close`. */
  request(frame: NonNullable<ProcessingFrame['frame']>, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const gone = () => new AbandonedError('Nobody waits for this request any more.');
      if (signal.aborted || this.#closing.signal.aborted) return reject(gone());
      const bytes = encodeFrame(ProcessingFrame.encode({ frame }).finish());
      const settle = <T>(end: (value: T) => void) => {
        return (value: T) => {
          signal.removeEventListener('abort', abandon);
          end(value);
        };
      };
      const pending: Pending = { bytes, abandoned: false, resolve: settle(resolve), reject: settle(reject) };
      const abandon = () => {
        pending.abandoned = true;
        if (this.#socket === undefined) this.#pending = this.#pending.filter(item => item !== pending);
        pending.reject(gone());
      };
      signal.addEventListener('abort', abandon, { once: true });
      this.#pending.push(pending);
      this.#socket?.write(bytes);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#socket?.destroy();
    await this.#finished;
    for (const pending of this.#pending.splice(0))
      pending.reject(new AbandonedError('The client was closed.'));
  }

  async #run(): Promise<void> {
    const { host, port, token, certificates, onState } = this.#options;
    const { signal } = this.#closing;
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        const socket = await connectLink({ host, port, token, link: 'findings', certificates, signal });
        await this.#converse(socket, () => {
          backoff.reset();
          onState(undefined);
        });
        if (!signal.aborted) onState(`aggregation at ${host}:${port} closed the connection`);
      } catch (error) {
        if (!signal.aborted) onState((error as Error).message);
      }
      if (!signal.aborted) await wait(backoff.next(), signal);
    }
  }

  /** Resolves when the connection has ended; rejects when the other side does not keep to the protocol. */
  #converse(socket: TLSSocket, onWelcome: () => void): Promise<void> {
    const { answerTimeoutMs = 30_000, replica } = this.#options;
    const decoder = new FrameDecoder(maxFindingsReplyBytes);
    this.#pending = this.#pending.filter(({ abandoned }) => !abandoned);
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
    // Silence alone is no fault; silence while an answer is due is.
    socket.setTimeout(answerTimeoutMs, () => {
      if (!welcomed || this.#pending.length > 0)
        fail(new Error(`Aggregation gave no answer for ${answerTimeoutMs} ms.`));
    });
    const hello = ProcessingFrame.encode({ frame: { $case: 'hello', hello: { replica, version } } });
    socket.write(encodeFrame(hello.finish()));
    socket.on('data', chunk => {
      try {
        for (const bytes of decoder.push(chunk)) {
          const { frame } = AggregationFrame.decode(bytes);
          if (frame === undefined) throw new Error('Aggregation sent an empty frame.');
          // Advice, not an answer.
          if (welcomed && frame.$case === 'templateUpdate') this.#options.onTemplates?.(frame.templateUpdate);
          else if (welcomed) this.#answer(frame);
          else {
            if (frame.$case !== 'welcome') throw new Error(`Aggregation answered Hello with ${frame.$case}.`);
            welcomed = true;
            onWelcome();
            this.#socket = socket;
            for (const pending of this.#pending) socket.write(pending.bytes);
          }
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
        this.#socket = undefined;
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }

  #answer(frame: Answer): void {
    const pending = this.#pending.shift();
    if (pending === undefined) throw new Error(`Aggregation sent ${frame.$case} without being asked.`);
    if (!pending.abandoned) pending.resolve(frame);
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
