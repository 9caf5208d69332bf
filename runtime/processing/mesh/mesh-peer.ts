// The connection to another replica: exchanges out, their observations back, in order.
import { checkOwnerFrame } from '../../protocol/frame-bounds.ts';
import { encodeFrame } from '../../protocol/framing.ts';
import type { Observation } from '../../protocol/generated/findings.ts';
import { GatewayFrame, OwnerFrame } from '../../protocol/generated/mesh.ts';
import type { Exchange } from '../../protocol/generated/mirror.ts';
import { maxFindingsFrameBytes } from '../../protocol/limits.ts';
import { version } from '../../service/version.ts';
import { LastingLink } from '../lasting-link.ts';
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

type Answer = NonNullable<OwnerFrame['frame']>;

export class MeshPeer {
  readonly name: string;
  readonly seed: number;
  readonly #link: LastingLink<Answer>;
  /** In the order in which answers come. */
  readonly #pending: Pending[] = [];

  /** Connects at once and keeps trying, with growing delays up to 2 s, until `close`. */
  constructor({ host, port, token, replica, onState, answerTimeoutMs = 5000 }: MeshPeerOptions) {
    this.name = host;
    this.seed = hashOf(host);
    this.#link = new LastingLink<Answer>({
      connect: { host, port, token, link: 'mesh', timeoutMs: 5000 },
      hello: encode({ $case: 'hello', hello: { replica, version } }),
      maxFrameBytes: maxFindingsFrameBytes,
      decode: bytes => {
        checkOwnerFrame(bytes);
        return OwnerFrame.decode(bytes).frame;
      },
      answerTimeoutMs,
      isAnswerDue: () => this.#pending.length > 0,
      onWelcome: () => onState(true, ''),
      onFrame: frame => this.#answer(frame),
      onEnd: ({ message } = new Error('closed by the other side'), wasWelcome) => {
        for (const pending of this.#pending.splice(0)) pending.reject(new Error(`${host}: ${message}`));
        if (wasWelcome && !this.#link.closed) onState(false, message);
      },
    });
  }

  get connected(): boolean {
    return this.#link.socket !== undefined;
  }

  /** Whether it takes further exchanges now. */
  get ready(): boolean {
    const { socket } = this.#link;
    return socket !== undefined && socket.writableLength < maxUnsentBytes;
  }

  /** What the peer observes. Rejects when the connection ends first: then nothing of it counts anywhere. */
  forward(exchanges: Exchange[]): Promise<Observation[]> {
    return new Promise((resolve, reject) => {
      const { socket } = this.#link;
      if (socket === undefined) return reject(new Error(`${this.name} is not connected`));
      this.#pending.push({ resolve, reject });
      socket.write(encode({ $case: 'forward', forward: { exchanges } }));
    });
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #answer(frame: Answer): void {
    const pending = frame.$case === 'result' ? this.#pending.shift() : undefined;
    if (frame.$case !== 'result' || pending === undefined)
      throw new Error(`unexpected frame: ${frame.$case}`);
    pending.resolve(frame.result.observations);
  }
}

function encode(frame: NonNullable<GatewayFrame['frame']>): Buffer {
  return encodeFrame(GatewayFrame.encode({ frame }).finish());
}
