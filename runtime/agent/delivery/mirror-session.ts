import type { Duplex } from 'node:stream';
import { encodeFrame, FrameDecoder } from '../../protocol/framing.ts';
import { AgentFrame, type Hello, ProcessingFrame } from '../../protocol/generated/mirror.ts';
import { maxMirrorReplyBytes } from '../../protocol/limits.ts';
import { encodeBatchFrame } from './batch-frame.ts';
import type { BatchQueue } from './batch-queue.ts';

export interface SessionOptions {
  readonly socket: Duplex;
  readonly queue: BatchQueue;
  readonly hello: Hello;
  /** From Hello to Welcome, milliseconds. */
  readonly welcomeTimeoutMs: number;
  /** Longest time without an acknowledgement while one is due, milliseconds. */
  readonly acknowledgementTimeoutMs: number;
  /**
   * The receiver answered Hello. Throws to refuse; the session sends from the batch after `acknowledged`.
   */
  readonly onWelcome: (acknowledged: number) => void;
  readonly onAcknowledged: () => void;
}

/** One connection to processing: Hello, Welcome, then batches out and acknowledgements in, until either side ends. */
export class MirrorSession {
  /** Resolves when the connection is over, with the reason unless it was closed here. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  private readonly options: SessionOptions;
  private readonly decoder = new FrameDecoder(maxMirrorReplyBytes);
  private deadline: NodeJS.Timeout | undefined;
  private welcomed = false;
  private blocked = false;
  private closing = false;
  private failure: Error | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
    const { socket, hello, welcomeTimeoutMs } = options;
    this.ended = new Promise(resolve => {
      socket.once('close', () => {
        clearTimeout(this.deadline);
        resolve(this.closing ? undefined : (this.failure ?? new Error('processing closed the connection')));
      });
    });
    socket.on('error', error => {
      this.failure ??= error;
    });
    socket.on('drain', () => {
      this.blocked = false;
      this.send();
    });
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.once('end', () => socket.destroy());
    this.arm(welcomeTimeoutMs, 'no Welcome');
    socket.write(encodeFrame(AgentFrame.encode({ frame: { $case: 'hello', hello } }).finish()));
  }

  /** Processing has said where to go on. */
  get ready(): boolean {
    return this.welcomed;
  }

  /** Writes sealed batches as far as the connection takes them. */
  send(): void {
    const { socket, queue, acknowledgementTimeoutMs } = this.options;
    if (!this.welcomed || socket.destroyed) return;
    while (!this.blocked) {
      const idle = !queue.awaitsAcknowledgement;
      const batch = queue.next();
      if (batch === undefined) return;
      if (idle) this.arm(acknowledgementTimeoutMs, 'no acknowledgement');
      const frame = encodeBatchFrame(batch.sequence, batch.exchanges, batch.dropped);
      this.blocked = !socket.write(frame);
    }
  }

  close(): void {
    this.closing = true;
    this.options.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.options.socket.destroyed) return;
    try {
      for (const bytes of this.decoder.push(chunk)) this.receiveFrame(ProcessingFrame.decode(bytes));
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private receiveFrame({ frame }: ProcessingFrame): void {
    const { queue, acknowledgementTimeoutMs, onWelcome, onAcknowledged } = this.options;
    if (frame?.$case === 'welcome' && !this.welcomed) {
      clearTimeout(this.deadline);
      onWelcome(frame.welcome.acknowledged);
      this.welcomed = true;
    } else if (frame?.$case === 'ack' && this.welcomed) {
      queue.acknowledge(frame.ack.sequence);
      if (queue.awaitsAcknowledgement) this.arm(acknowledgementTimeoutMs, 'no acknowledgement');
      else clearTimeout(this.deadline);
      onAcknowledged();
    } else {
      throw new Error(`processing sent an unexpected frame: ${frame?.$case ?? 'empty'}`);
    }
    this.send();
  }

  private arm(timeoutMs: number, what: string): void {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.fail(new Error(`${what} within ${timeoutMs} ms`)), timeoutMs);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.options.socket.destroy();
  }
}
