import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { AssembledExchange } from '../exchange/assembled-exchange.ts';
import { Backoff } from './backoff.ts';
import { BatchQueue, type DropCause } from './batch-queue.ts';
import { MirrorSession } from './mirror-session.ts';

export interface MirrorClientLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface MirrorClientOptions {
  /** Opens a connection to processing; rejects when it cannot. */
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
  /** Stable name of this agent. */
  readonly agent: string;
  readonly version: string;
  /** Bytes of unacknowledged exchanges; beyond it the oldest are given up. */
  readonly bufferBytes: number;
  readonly log: MirrorClientLog;
  /** Connected and welcomed, or not any more and why. */
  readonly onConnection?: (connected: boolean, reason?: string) => void;
  /** Longest time an exchange waits for company, milliseconds. @default 200 */
  readonly batchDelayMs?: number;
  /** Longest pause between attempts to connect, milliseconds. @default 5000 */
  readonly maxReconnectDelayMs?: number;
  /** @default 15000 */
  readonly welcomeTimeoutMs?: number;
  /** @default 60000 */
  readonly acknowledgementTimeoutMs?: number;
}

export interface DeliveryCounters {
  /** Exchanges given up, by cause. Upper bound: a batch given up after it was written may have arrived all the same. */
  dropped: Record<DropCause, number>;
  connections: number;
  /** Connections that ended or could not be opened. */
  failures: number;
}

/** A connection that lived this long was a good one. */
const healthyMs = 10_000;
const failureLogIntervalMs = 30_000;

/**
 * Delivers exchanges to processing, each at least once and, with the receiver's watermark, stored exactly once: what
 * is not acknowledged as durable is kept and sent again on the next connection. Bounded memory; never blocks.
 */
export class MirrorClient {
  readonly counters: DeliveryCounters = {
    dropped: { 'buffer-full': 0, shutdown: 0 },
    connections: 0,
    failures: 0,
  };
  private readonly options: MirrorClientOptions;
  private readonly queue: BatchQueue;
  private readonly backoff: Backoff;
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;
  private epoch: string = randomUUID();
  private session: MirrorSession | undefined;
  private batchTimer: NodeJS.Timeout | undefined;
  private onEmpty: (() => void) | undefined;
  private failureLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(options: MirrorClientOptions) {
    this.options = options;
    this.queue = new BatchQueue({
      maxBytes: options.bufferBytes,
      onDrop: (cause, exchanges) => {
        this.counters.dropped[cause] += exchanges;
      },
    });
    this.backoff = new Backoff(options.maxReconnectDelayMs ?? 5000);
    this.finished = this.run();
  }

  /** Bytes and exchanges that are not acknowledged. */
  get backlog(): { bytes: number; exchanges: number } {
    return { bytes: this.queue.bytes, exchanges: this.queue.exchanges };
  }

  add(exchange: AssembledExchange): void {
    this.queue.add(exchange);
    // While nothing can be sent batches fill up, so that few are made.
    if (this.session?.ready !== true) return;
    this.session.send();
    this.batchTimer ??= setTimeout(() => this.flush(), this.options.batchDelayMs ?? 200);
  }

  /** Waits until everything is acknowledged, at most `graceMs`, then ends. Gives the number of exchanges given up. */
  async stop(graceMs: number): Promise<number> {
    this.flush();
    if (!this.queue.empty) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, graceMs);
        this.onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.stopping.abort();
    clearTimeout(this.batchTimer);
    this.session?.close();
    await this.finished;
    return this.queue.abandon('shutdown');
  }

  private flush(): void {
    clearTimeout(this.batchTimer);
    this.batchTimer = undefined;
    this.queue.seal();
    this.session?.send();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const startedMs = performance.now();
      const reason = await this.connectOnce();
      if (signal.aborted) return;
      this.counters.failures++;
      if (performance.now() - startedMs > healthyMs) this.backoff.reset();
      const delayMs = this.backoff.next();
      this.logFailure(reason, delayMs);
      await sleep(delayMs, signal);
    }
  }

  /** One connection from its opening to its end; gives why it ended. */
  private async connectOnce(): Promise<Error> {
    const { connect, agent, version, onConnection } = this.options;
    let socket: Duplex;
    try {
      socket = await connect(this.stopping.signal);
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      onConnection?.(false, reason.message);
      return reason;
    }
    if (this.stopping.signal.aborted) {
      socket.destroy();
      return new Error('stopping');
    }
    this.queue.rewind();
    this.session = new MirrorSession({
      socket,
      queue: this.queue,
      hello: { agent, epoch: this.epoch, version },
      welcomeTimeoutMs: this.options.welcomeTimeoutMs ?? 15_000,
      acknowledgementTimeoutMs: this.options.acknowledgementTimeoutMs ?? 60_000,
      onWelcome: acknowledged => this.welcomed(acknowledged),
      onAcknowledged: () => this.acknowledged(),
    });
    const reason = (await this.session.ended) ?? new Error('closed');
    this.session = undefined;
    this.queue.rewind();
    onConnection?.(false, reason.message);
    return reason;
  }

  private welcomed(acknowledged: number): void {
    const { last, acknowledged: known } = this.queue.sequences;
    // 0 after more was acknowledged: the receiver starts anew and takes any batch as the first. Anything else below
    // what was acknowledged would leave a hole that can never be filled.
    if (acknowledged !== 0 && acknowledged < known) {
      this.startEpoch();
      throw new Error(
        `processing knows batch ${acknowledged} as the last, ${known} was acknowledged; new epoch`,
      );
    }
    if (acknowledged > last) {
      this.startEpoch();
      throw new Error(`processing knows batch ${acknowledged}, but the last one sent is ${last}; new epoch`);
    }
    this.queue.acknowledge(acknowledged);
    this.queue.seal();
    if (this.queue.empty) this.onEmpty?.();
    this.counters.connections++;
    this.failureLoggedMs = Number.NEGATIVE_INFINITY;
    this.options.log.info({ acknowledged, last }, 'connected to processing');
    this.options.onConnection?.(true);
  }

  private startEpoch(): void {
    this.epoch = randomUUID();
    this.queue.renumber();
  }

  private acknowledged(): void {
    this.backoff.reset();
    if (this.queue.empty) this.onEmpty?.();
  }

  private logFailure(reason: Error, retryMs: number): void {
    const nowMs = performance.now();
    if (nowMs - this.failureLoggedMs < failureLogIntervalMs) return;
    this.failureLoggedMs = nowMs;
    const { bytes, exchanges } = this.backlog;
    this.options.log.warn(
      {
        reason: reason.message,
        retryMs: Math.round(retryMs),
        bufferedBytes: bytes,
        bufferedExchanges: exchanges,
      },
      'no connection to processing; exchanges are kept and it is tried again',
    );
  }
}

function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
  });
}
