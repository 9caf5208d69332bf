import type { AssembledExchange } from '../exchange/assembled-exchange.ts';
import { ExchangeEncoder } from './exchange-encoder.ts';

/** Why exchanges were given up. */
export type DropCause = 'buffer-full' | 'shutdown';

/** A sealed batch. Numbered when it is first written: until then it may vanish without leaving a hole. */
export interface QueuedBatch {
  sequence: number | undefined;
  /** Encoded, one after the other. */
  exchanges: Buffer;
  /** How many there are in `exchanges`. */
  count: number;
  readonly dropped: Map<string, number>;
  /** Written on the present connection. */
  written: boolean;
}

export interface BatchQueueOptions {
  /** Bytes kept, open batch included; beyond it the oldest exchanges are given up. */
  readonly maxBytes: number;
  /** @default 1048576 */
  readonly maxBatchBytes?: number;
  /** @default 500 */
  readonly maxBatchExchanges?: number;
  readonly onDrop: (cause: DropCause, exchanges: number) => void;
}

const noBytes = Buffer.alloc(0);

/**
 * Exchanges on their way to processing, in order: acknowledged ones leave at the front, new ones join the open batch
 * at the end. Pure. Sequence numbers are 1, 2, 3 … without holes whatever is given up in between.
 */
export class BatchQueue {
  private readonly maxBytes: number;
  private readonly maxBatchBytes: number;
  private readonly maxBatchExchanges: number;
  private readonly onDrop: BatchQueueOptions['onDrop'];
  private batches: QueuedBatch[] = [];
  private readonly encoder = new ExchangeEncoder();
  private openCount = 0;
  private totalBytes = 0;
  private exchangeCount = 0;
  private lastSequence = 0;
  private acknowledgedSequence = 0;
  /** Given up since the last batch was numbered. */
  private unreported = new Map<string, number>();

  constructor(options: BatchQueueOptions) {
    this.maxBytes = options.maxBytes;
    this.maxBatchBytes = options.maxBatchBytes ?? 1024 * 1024;
    this.maxBatchExchanges = options.maxBatchExchanges ?? 500;
    this.onDrop = options.onDrop;
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.totalBytes;
  }

  /** Exchanges kept, acknowledged ones excluded. */
  get exchanges(): number {
    return this.exchangeCount;
  }

  /** Everything has been acknowledged. */
  get empty(): boolean {
    return this.batches.length === 0 && this.openCount === 0;
  }

  /** Something written on this connection has not been acknowledged. */
  get awaitsAcknowledgement(): boolean {
    return this.batches[0]?.written ?? false;
  }

  /** The last batch that was numbered, and the last one acknowledged. */
  get sequences(): { last: number; acknowledged: number } {
    return { last: this.lastSequence, acknowledged: this.acknowledgedSequence };
  }

  add(exchange: AssembledExchange): void {
    const before = this.encoder.length;
    this.encoder.append(exchange);
    this.totalBytes += this.encoder.length - before;
    this.openCount++;
    this.exchangeCount++;
    if (this.openCount >= this.maxBatchExchanges || this.encoder.length >= this.maxBatchBytes) this.seal();
    while (this.totalBytes > this.maxBytes && this.dropOldest());
  }

  /** Closes the open batch, so that it can be sent. */
  seal(): void {
    if (this.openCount === 0) return;
    const exchanges = this.encoder.take();
    this.batches.push({
      sequence: undefined,
      exchanges,
      count: this.openCount,
      dropped: new Map(),
      written: false,
    });
    this.openCount = 0;
  }

  /** The oldest sealed batch that was not written on this connection; numbers it and marks it written. */
  next(): (QueuedBatch & { sequence: number }) | undefined {
    const batch = this.batches.find(({ written }) => !written);
    if (batch === undefined) return undefined;
    if (batch.sequence === undefined) {
      batch.sequence = ++this.lastSequence;
      for (const [cause, count] of this.unreported) addTo(batch.dropped, cause, count);
      this.unreported = new Map();
    }
    batch.written = true;
    return batch as QueuedBatch & { sequence: number };
  }

  /**
   * Everything up to `sequence` is durable.
   *
   * @throws RangeError when no batch has that number yet
   */
  acknowledge(sequence: number): void {
    if (sequence > this.lastSequence) {
      throw new RangeError(`acknowledged batch ${sequence}, but the last one sent is ${this.lastSequence}`);
    }
    let count = 0;
    for (const batch of this.batches) {
      if (batch.sequence === undefined || batch.sequence > sequence) break;
      this.release(batch);
      count++;
    }
    this.batches.splice(0, count);
    this.acknowledgedSequence = Math.max(this.acknowledgedSequence, sequence);
  }

  /** The connection is gone: what is not acknowledged has to be written again. */
  rewind(): void {
    for (const batch of this.batches) batch.written = false;
  }

  /** The receiver forgot a part of this epoch: number what is left from 1, for a new one. */
  renumber(): void {
    this.lastSequence = 0;
    this.acknowledgedSequence = 0;
    for (const batch of this.batches) if (batch.sequence !== undefined) batch.sequence = ++this.lastSequence;
  }

  /** Gives everything up; returns how many exchanges that was. */
  abandon(cause: DropCause): number {
    this.seal();
    const lost = this.exchangeCount;
    this.batches = [];
    this.totalBytes = 0;
    this.exchangeCount = 0;
    if (lost > 0) this.onDrop(cause, lost);
    return lost;
  }

  /** False when there is nothing left to give up. */
  private dropOldest(): boolean {
    // What is written may well arrive, so it goes last.
    const index = this.batches.findIndex(({ written, count }) => !written && count > 0);
    const found = index >= 0 ? index : this.batches.findIndex(({ count }) => count > 0);
    const batch = this.batches[found];
    if (batch === undefined) {
      if (this.openCount === 0) return false;
      this.seal();
      return true;
    }
    const { count } = batch;
    this.release(batch);
    this.onDrop('buffer-full', count);
    if (batch.sequence === undefined) {
      this.batches.splice(found, 1);
      addTo(this.unreported, 'buffer-full', count);
    } else {
      batch.exchanges = noBytes;
      batch.count = 0;
      addTo(batch.dropped, 'buffer-full', count);
    }
    return true;
  }

  private release(batch: QueuedBatch): void {
    this.totalBytes -= batch.exchanges.length;
    this.exchangeCount -= batch.count;
  }
}

function addTo(counts: Map<string, number>, cause: string, count: number): void {
  counts.set(cause, (counts.get(cause) ?? 0) + count);
}
