import type { AssemblerCounters } from './counters.ts';
import type { PendingExchange, PendingResponse } from './pending-exchange.ts';

/** Requests without a response that one connection may have under way. */
export const maxPendingExchanges = 1024;

/**
 * Matches responses to requests, in order (RFC 9112 §9.3.2). A wrong pair is worse than none: after a loss only the
 * newest request can be the one that a response answers, as a client that does not pipeline has no other under way;
 * on a connection that does pipeline, pairing is given up.
 */
export class Pairing {
  private readonly emit: (pending: PendingExchange) => void;
  private readonly counters: AssemblerCounters;
  /** Requests without a response, oldest first. Timed-out ones stay, so that late responses find them. */
  private waiting: PendingExchange[] = [];
  private uncertain: boolean;
  private pipelined = false;
  private givenUp = false;

  /** @param uncertain the connection was joined in the middle: the first response may answer an unseen request */
  constructor(emit: (pending: PendingExchange) => void, counters: AssemblerCounters, uncertain: boolean) {
    this.emit = emit;
    this.counters = counters;
    this.uncertain = uncertain;
  }

  get awaitsResponse(): boolean {
    return this.waiting.length > 0 && !this.givenUp;
  }

  /** Memory held by requests that wait, bytes. */
  get retainedBytes(): number {
    let bytes = 0;
    for (const { emitted, headBytes, end } of this.waiting)
      if (!emitted) bytes += headBytes + (end?.body.length ?? 0);
    return bytes;
  }

  begin(pending: PendingExchange, pipelined: boolean): void {
    if (pipelined) this.pipelined = true;
    if (this.givenUp) {
      pending.abandoned = true;
      return;
    }
    if (this.waiting.length >= maxPendingExchanges) {
      // A server that answers has long done so: the responses are not being seen.
      this.abandonAll();
      this.markLoss();
      pending.abandoned = this.givenUp;
      if (this.givenUp) return;
    }
    this.waiting.push(pending);
  }

  /** The request has been read to its end, or as far as it will be. */
  ended(pending: PendingExchange): void {
    if (pending.abandoned || pending.response !== undefined) this.emitOnce(pending);
  }

  /** The request that the next final response answers, which stays in place. */
  peek(): PendingExchange | undefined {
    return this.givenUp ? undefined : this.uncertain ? this.waiting.at(-1) : this.waiting[0];
  }

  /** A final response: gives the request that it answers. */
  respond(response: PendingResponse): PendingExchange | undefined {
    const pending = this.peek();
    if (pending === undefined) {
      this.counters.orphanResponses++;
      return undefined;
    }
    if (this.uncertain) {
      const older = this.waiting.slice(0, -1);
      this.waiting = [pending];
      for (const lost of older) this.abandon(lost);
      this.uncertain = false;
    }
    this.waiting.shift();
    if (pending.emitted) return pending;
    pending.response = response;
    if (pending.end !== undefined) this.emitOnce(pending);
    return pending;
  }

  /** Takes the request that the next final response answers out of here: its response comes in another protocol. */
  take(): PendingExchange | undefined {
    const pending = this.uncertain ? undefined : this.peek();
    if (pending === undefined || pending.emitted) return undefined;
    this.waiting.shift();
    return pending;
  }

  /** Requests or responses may be missing from here. */
  markLoss(lostResponseBytes = 0): void {
    this.uncertain = true;
    // Any of them may be the one whose response was lost.
    if (lostResponseBytes > 0)
      for (const pending of this.waiting) pending.responseLostBytes += lostResponseBytes;
    if (!this.pipelined || this.givenUp) return;
    this.givenUp = true;
    this.counters.pairingGivenUp++;
    this.abandonAll();
  }

  /** Emits requests whose response has not come since `beforeUs`. */
  expire(beforeUs: number): void {
    for (const [index, pending] of this.waiting.entries()) {
      if (pending.emitted || pending.end === undefined || pending.activityUs >= beforeUs) continue;
      this.emitOnce(pending);
      this.waiting[index] = tombstone(pending);
    }
  }

  abandonAll(): void {
    const all = this.waiting;
    this.waiting = [];
    for (const pending of all) this.abandon(pending);
  }

  private abandon(pending: PendingExchange): void {
    pending.abandoned = true;
    if (pending.end !== undefined) this.emitOnce(pending);
  }

  private emitOnce(pending: PendingExchange): void {
    if (pending.emitted) return;
    pending.emitted = true;
    this.emit(pending);
  }
}

/** What a late response needs of a request that has been emitted: its place and its method, none of its bytes. */
function tombstone(pending: PendingExchange): PendingExchange {
  return { ...pending, end: undefined, head: { ...pending.head, target: '', fields: [] }, headBytes: 0 };
}
