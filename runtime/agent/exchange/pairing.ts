import type { AssemblerCounters } from './counters.ts';
import type { PendingExchange, PendingResponse } from './pending-exchange.ts';

/** Requests without a response that one connection may have under way. */
export const maxPendingExchanges = 1024;

/**
 * Matches responses to requests, in order (RFC 9112 §9.3.2). A wrong pair is worse than none.
 *
 * Where every response is framed exactly, each answers the oldest request that waits. Elsewhere the argument is that
 * a client that does not pipeline has one request under way at most, and that its response is the first thing the
 * server sends after it:
 *
 * - Behind a response whose end is not known (a chunked body that was not copied), a head answers the one request
 *   that waits. When two do, the client pipelines: what looks like a head may be part of a body, or that of a later
 *   response. Pairing ends for this connection.
 * - When bytes of responses were lost, heads may be among them: no request that waits gets a response any more.
 * - When bytes of requests were lost, the next head may answer a request that was among them: the first request
 *   behind the hole gets no response, unless one that answers no known request shows that the lost one was done with.
 * - A client that pipelines gives itself away by a request in the same piece as the end of another, or by two that
 *   wait while a response comes. On its connections pairing ends at the first of these losses.
 *
 * What remains: a client that begins to pipeline right onto a response that is still being sent, of unknown end and
 * with a body in which a call of the server starts like a head.
 */
export class Pairing {
  private readonly emit: (pending: PendingExchange) => void;
  private readonly counters: AssemblerCounters;
  /** Requests without a response, oldest first. Timed-out ones stay, so that late responses find them. */
  private waiting: PendingExchange[] = [];
  /** The end of the last response is not known, so what looks like a head need not be the next one. */
  private uncertain: boolean;
  /** Requests were lost that may not be answered yet. */
  private requestsMissing = false;
  /** The response to the request whose head is being read may have been lost already. */
  private nextUnanswered = false;
  /** A response came, since the last request, that answers none that is known. */
  private answeredUnknown = false;
  /** The response being read began when no request waited: it answers none that came since. */
  private tooEarly = false;
  private pipelined = false;
  private givenUp = false;

  /** @param uncertain the connection was joined in the middle: the first response may answer an unseen request */
  constructor(emit: (pending: PendingExchange) => void, counters: AssemblerCounters, uncertain: boolean) {
    this.emit = emit;
    this.counters = counters;
    this.uncertain = uncertain;
  }

  /** Is it worth looking for a head? */
  get awaitsResponse(): boolean {
    return (this.waiting.length > 0 || this.requestsMissing) && !this.givenUp;
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
      this.responsesLost(0, false);
      pending.abandoned = this.givenUp;
      if (this.givenUp) return;
    }
    this.answeredUnknown = false;
    if (this.requestsMissing || this.nextUnanswered) pending.abandoned = true;
    else this.waiting.push(pending);
    this.nextUnanswered = false;
  }

  /** The request has been read to its end, or as far as it will be. */
  ended(pending: PendingExchange): void {
    if (pending.abandoned || pending.response !== undefined) this.emitOnce(pending);
  }

  /** The request that the next final response answers, which stays in place. */
  peek(): PendingExchange | undefined {
    return this.tooEarly || (this.uncertain && this.waiting.length > 1) ? undefined : this.waiting[0];
  }

  /**
   * A response begins.
   *
   * @param readingHead a request has begun to come that `begin` does not know of yet: this answers it early
   */
  headStarted(readingHead: boolean): void {
    this.tooEarly = this.waiting.length === 0;
    if (this.tooEarly && readingHead) this.nextUnanswered = true;
  }

  /** A final response: gives the request that it answers. */
  respond(response: PendingResponse): PendingExchange | undefined {
    if (this.waiting.length > 1) {
      this.pipelined = true;
      if (this.uncertain) this.giveUp();
    }
    const pending = this.tooEarly ? undefined : this.waiting.shift();
    if (pending === undefined) {
      this.counters.orphanResponses++;
      this.requestsMissing = false;
      this.answeredUnknown = true;
      return undefined;
    }
    this.uncertain = false;
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

  /** Where the response being read ends is not known. */
  framingLost(): void {
    this.uncertain = true;
    if (this.pipelined) this.giveUp();
  }

  /** Requests may be missing from here. */
  requestsLost(): void {
    this.requestsMissing = !this.answeredUnknown;
    this.framingLost();
  }

  /**
   * Heads of responses may be among `bytes` bytes that were lost.
   *
   * @param readingHead a request has begun to come that `begin` does not know of yet
   */
  responsesLost(bytes: number, readingHead: boolean): void {
    // Any of them may be the one whose response was lost.
    for (const pending of this.waiting) pending.responseLostBytes += bytes;
    this.abandonAll();
    this.nextUnanswered = readingHead;
    this.framingLost();
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

  private giveUp(): void {
    if (!this.givenUp) this.counters.pairingGivenUp++;
    this.givenUp = true;
    this.abandonAll();
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
