// The connection to aggregation: requests answered in order, several under way, all repeated after a reconnect.
// Repeating is harmless, because aggregation recognises what it has stored.
import { encodeFrame } from '../protocol/framing.ts';
import { AggregationFrame, ProcessingFrame, type TemplateUpdate } from '../protocol/generated/findings.ts';
import { maxFindingsReplyBytes } from '../protocol/limits.ts';
import type { ClientCertificates } from '../protocol/link.ts';
import { version } from '../service/version.ts';
import { LastingLink } from './lasting-link.ts';

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
  readonly #link: LastingLink<Answer>;
  /** In the order in which answers come. */
  #pending: Pending[] = [];

  /** Connects at once and keeps trying, with growing delays up to 2 s, until `close`. */
  constructor(options: AggregationClientOptions) {
    this.#options = options;
    const { host, port, token, certificates, replica, onState, answerTimeoutMs = 30_000 } = options;
    this.#link = new LastingLink<Answer>({
      connect: { host, port, token, link: 'findings', certificates },
      hello: encode({ $case: 'hello', hello: { replica, version } }),
      maxFrameBytes: maxFindingsReplyBytes,
      decode: bytes => AggregationFrame.decode(bytes).frame,
      answerTimeoutMs,
      isAnswerDue: () => this.#pending.length > 0,
      onWelcome: socket => {
        onState(undefined);
        this.#pending = this.#pending.filter(({ abandoned }) => !abandoned);
        for (const { bytes } of this.#pending) socket.write(bytes);
      },
      onFrame: frame => this.#answer(frame),
      onEnd: reason => {
        if (!this.#link.closed)
          onState(reason?.message ?? `aggregation at ${host}:${port} closed the connection`);
      },
    });
  }

  get connected(): boolean {
    return this.#link.socket !== undefined;
  }

  /** Resolves with the answer, however long aggregation is away. Rejects with AbandonedError on `signal` or `close`. */
  request(frame: NonNullable<ProcessingFrame['frame']>, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const gone = () => new AbandonedError('Nobody waits for this request any more.');
      if (signal.aborted || this.#link.closed) return reject(gone());
      const bytes = encode(frame);
      const settle = <T>(end: (value: T) => void) => {
        return (value: T) => {
          signal.removeEventListener('abort', abandon);
          end(value);
        };
      };
      const pending: Pending = { bytes, abandoned: false, resolve: settle(resolve), reject: settle(reject) };
      const abandon = () => {
        pending.abandoned = true;
        if (!this.connected) this.#pending = this.#pending.filter(item => item !== pending);
        pending.reject(gone());
      };
      signal.addEventListener('abort', abandon, { once: true });
      this.#pending.push(pending);
      this.#link.socket?.write(bytes);
    });
  }

  async close(): Promise<void> {
    await this.#link.close();
    for (const pending of this.#pending.splice(0))
      pending.reject(new AbandonedError('The client was closed.'));
  }

  #answer(frame: Answer): void {
    // Advice, not an answer.
    if (frame.$case === 'templateUpdate') {
      this.#options.onTemplates?.(frame.templateUpdate);
      return;
    }
    const pending = this.#pending.shift();
    if (pending === undefined) throw new Error(`aggregation sent ${frame.$case} without being asked`);
    if (!pending.abandoned) pending.resolve(frame);
  }
}

function encode(frame: NonNullable<ProcessingFrame['frame']>): Buffer {
  return encodeFrame(ProcessingFrame.encode({ frame }).finish());
}
