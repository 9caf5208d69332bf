import type { ResponseHead } from '../../http/http1-response-parser.ts';
import type { AssemblerCounters } from './counters.ts';
import { endsConnection } from './ends-connection.ts';
import { type PendingExchange, retainedBytes } from './pending-exchange.ts';

/** Requests without a response that one connection may have under way. */
export const maxPendingExchanges = 1024;

/** Where the response stream stood when the first byte of a request came. */
export interface RequestStart {
  /** Bytes of responses that had passed. */
  readonly position: number;
  /** All responses to earlier requests were complete; undefined: not known. */
  readonly idle: boolean | undefined;
  /** Request bytes were lost, and no response bytes had passed since. */
  readonly behindLoss: boolean;
  /** The server had ended its stream. */
  readonly serverEnded: boolean;
}

interface Waiting {
  readonly pending: PendingExchange;
  /** No response that began before it answers this request. */
  readonly position: number;
  /** Requests that are not known may stand before this one and still wait. */
  readonly behindHole: boolean;
}

/**
 * Matches responses to requests, in order (RFC 9112 §9.3.2). A wrong pair is worse than none.
 *
 * While every response is framed exactly, each answers the oldest request that waits, pipelined or not. When the end of a response,
 * or the number of requests, is not known any more, one thing still is: where the response stream stood when a request
 * came. A response that began before does not answer it. And a client that does not pipeline sends its request when all earlier
 * responses are complete: the response to it begins at that very byte. One that begins there is taken, whatever bodies
 * look like, and from there on framing is exact again.
 *
 * A client that pipelines gives itself away: by a request in the same piece as the end of another, or that comes while another
 * one waits or its response is still being sent. On its connections the second rule says nothing: what
 * waits behind a loss gets no response, nor does what comes later.
 *
 * What remains: a client that begins to pipeline behind a loss, onto a response whose next part starts like a head.
 *
 * A response may end the connection (RFC 9112 §9.6), or its HTTP part (101, CONNECT): what comes behind the request that it answers is read
 * by servers that linger, but not processed, and clients send it again elsewhere. Unless a response comes nevertheless, it is counted and not emitted.
 */
export class Pairing {
  private readonly emit: (pending: PendingExchange) => void;
  private readonly counters: AssemblerCounters;
  /** Requests without a response, oldest first. Timed-out ones stay, so that late responses find them. */
  private waiting: Waiting[] = [];
  /** The next head of a response is the next response. */
  private exact: boolean;
  /** Requests that are not known may wait behind those that do. */
  private hole: boolean;
  /** Requests were lost since the last one that is known. */
  private lostRequests = false;
  /** The response to the request whose head is being read may have been lost already. */
  private nextUnanswered = false;
  /** What the response being read answers. */
  private answered: Waiting | undefined;
  /** Where the response stream stood when the last request came. */
  private lastPosition = -1;
  private pipelined = false;
  private givenUp = false;
  /** Without a response, behind requests that still wait: emitted after these, unless the connection ends before. */
  private held: PendingExchange[] = [];
  /** The last final response ends the connection. */
  private ending = false;
  /** One of those that wait could not be read. */
  private unread = false;
  /** The response being read answers the request whose head is still coming. */
  private answersEarly = false;
  /** … and its head. */
  private early: ResponseHead | undefined;

  /** @param fromStart false: the connection was joined in the middle, the first response may answer an unseen request */
  constructor(emit: (pending: PendingExchange) => void, counters: AssemblerCounters, fromStart: boolean) {
    this.emit = emit;
    this.counters = counters;
    this.exact = fromStart;
    this.hole = !fromStart;
  }

  /** Is it worth looking for a head? */
  get awaitsResponse(): boolean {
    return this.waiting.length > 0;
  }

  /** Memory held by requests that wait, bytes. */
  get retainedBytes(): number {
    let bytes = 0;
    for (const { pending } of this.waiting) if (!pending.emitted) bytes += retainedBytes(pending);
    for (const pending of this.held) bytes += retainedBytes(pending);
    return bytes;
  }

  /** @param inSamePiece it began in the piece of the stream in which another request ended */
  begin(pending: PendingExchange, start: RequestStart, inSamePiece: boolean): void {
    const { position, idle } = start;
    if (start.serverEnded) {
      this.drop(pending);
      return;
    }
    // When no response bytes have passed since the last one came, it waits. Those that have are told of later.
    if (inSamePiece || idle === false || this.lastPosition === position) this.pipelined = true;
    this.lastPosition = position;
    // One that was lost cannot have been answered.
    if (this.lostRequests && start.behindLoss) this.pipelined = true;
    this.lostRequests = false;
    if (this.early !== undefined) {
      pending.response = this.early;
      this.early = undefined;
      return;
    }
    // A server that answers has long done so: the responses are not being seen.
    if (this.waiting.length >= maxPendingExchanges) this.lose();
    const behindHole = this.hole;
    if (this.nextUnanswered || (this.pipelined && (behindHole || !this.exact))) {
      this.abandonUncertain();
      this.nextUnanswered = false;
      pending.abandoned = true;
      return;
    }
    if (!this.exact) this.abandonAll();
    this.hole = false;
    this.waiting.push({ pending, position, behindHole });
  }

  /** The request has been read to its end, or as far as it will be. */
  ended(pending: PendingExchange): void {
    if (pending.response !== undefined) this.emitOnce(pending);
    else if (pending.abandoned) this.settle(pending);
  }

  /** The request that the response being read answers, which stays in place. */
  peek(): PendingExchange | undefined {
    return this.answered?.pending;
  }

  /** Can the response to a request that waits begin here, though the end of the one before is not known? */
  mayStartAt(position: number): boolean {
    return this.answeredAt(position) !== undefined;
  }

  /**
   * A response begins.
   *
   * @param readingHead a request has begun to come that `begin` does not know of yet: this answers it early
   */
  headStarted(position: number, readingHead: boolean): void {
    this.answered = this.answeredAt(position);
    this.answersEarly = false;
    if (this.answered !== undefined) this.exact = true;
    else if (this.waiting.length > 0 || !readingHead) return;
    // A server need not read a head that it refuses to its end.
    else if (this.exact && !this.hole) this.answersEarly = true;
    else this.nextUnanswered = true;
  }

  /** A final response: gives the request that it answers. */
  respond(response: ResponseHead): PendingExchange | undefined {
    const { answered, answersEarly } = this;
    this.answered = undefined;
    this.answersEarly = false;
    this.ending = endsConnection(response, answered?.pending);
    if (answersEarly) {
      this.forgetEarly();
      this.early = response;
      return undefined;
    }
    if (answered === undefined || answered !== this.waiting[0]) {
      this.counters.orphanResponses++;
      this.unread = false;
      if (this.waiting.length === 0 && !this.ending) this.releaseHeld();
      return undefined;
    }
    this.waiting.shift();
    const { pending } = answered;
    const late = pending.emitted;
    if (!late) pending.response = response;
    if (!late && pending.end !== undefined) this.emitOnce(pending);
    // Servers that answer it like any other method may throw away what came in one piece with it (uvicorn).
    if (this.waiting.length > 0 && pending.head.method === 'CONNECT' && !this.ending) this.framingLost();
    if (late) return pending;
    if (this.waiting.length === 0 && !this.ending && !this.unread) this.releaseHeld();
    return pending;
  }

  /** Takes the request that the next final response answers out of here: its response comes in another protocol. */
  take(): PendingExchange | undefined {
    const { answered } = this;
    if (answered === undefined || answered.pending.emitted || answered !== this.waiting[0]) return undefined;
    this.waiting.shift();
    return answered.pending;
  }

  /**
   * Where the response being read ends is not known.
   *
   * @param end position of the first byte behind those that were left out; what came before it may have been answered
   */
  framingLost(end = 0): void {
    const later = this.waiting.filter(({ position }) => position >= end);
    this.waiting = this.waiting.filter(({ position }) => position < end);
    this.abandonAll();
    this.waiting = later;
    this.exact = false;
    this.answered = undefined;
    if (this.pipelined) this.giveUp();
  }

  /**
   * Requests may be missing behind those that are known.
   *
   * @param unread one has come and cannot be read, when the response stream stood at this position: it waits
   */
  requestsLost(unread?: number): void {
    this.hole = true;
    this.lostRequests = true;
    if (unread !== undefined) {
      this.lastPosition = unread;
      this.unread = true;
    }
    this.forgetEarly();
    if (this.pipelined && !this.givenUp) this.countGivenUp();
  }

  /**
   * Exactly `count` final responses have begun among `bytes` bytes that were lost. False: it is not known which requests they
   * answer.
   *
   * @param end position of the first byte behind them
   */
  headsLost(count: number, bytes: number, end: number): boolean {
    const answered = this.waiting.slice(0, count);
    if (!this.exact || answered.length < count) return false;
    if (answered.some(({ position, behindHole }) => behindHole || position >= end)) return false;
    this.waiting.splice(0, count);
    for (const { pending } of answered) {
      pending.responseLostBytes += bytes;
      this.abandon(pending);
    }
    return true;
  }

  /**
   * Heads of responses may be among `bytes` bytes that were lost.
   *
   * @param end position of the first byte behind them
   * @param readingHead a request has begun to come that `begin` does not know of yet
   */
  responsesLost(bytes: number, end: number, readingHead: boolean): void {
    // Any of them may be the one whose response was lost.
    for (const { pending, position } of this.waiting) if (position < end) pending.responseLostBytes += bytes;
    this.nextUnanswered = readingHead;
    this.framingLost(end);
  }

  private lose(): void {
    this.pipelined = true;
    this.framingLost();
  }

  private answeredAt(position: number): Waiting | undefined {
    const [next, ...others] = this.waiting;
    if (next === undefined || position < next.position) return undefined;
    if (this.exact && !next.behindHole) return next;
    return position === next.position && others.length === 0 && !this.pipelined ? next : undefined;
  }

  /** Emits requests whose response has not come since `beforeUs`. */
  expire(beforeUs: number): void {
    for (const [index, one] of this.waiting.entries()) {
      const { pending } = one;
      if (pending.emitted || pending.end === undefined || pending.activityUs >= beforeUs) continue;
      this.leave(pending);
      const late = { ...one, pending: tombstone(pending) };
      this.waiting[index] = late;
      if (this.answered === one) this.answered = late;
    }
    if (this.held.some(({ activityUs }) => activityUs < beforeUs)) this.releaseHeld();
  }

  abandonAll(): void {
    const all = this.waiting;
    this.waiting = [];
    for (const { pending } of all) this.abandon(pending);
    this.releaseHeld();
  }

  /** The connection has ended. */
  close(): void {
    this.abandonAll();
    this.forgetEarly();
  }

  /** The client pipelines: what does not follow exactly from what is known gets no response. */
  private abandonUncertain(): void {
    if (!this.exact) {
      this.abandonAll();
      return;
    }
    const first = this.waiting.findIndex(({ behindHole }) => behindHole);
    if (first < 0) return;
    for (const { pending } of this.waiting.splice(first)) this.abandon(pending);
    this.hole = true;
  }

  private giveUp(): void {
    if (!this.givenUp) this.countGivenUp();
    this.abandonAll();
  }

  private countGivenUp(): void {
    this.counters.pairingGivenUp++;
    this.givenUp = true;
  }

  private abandon(pending: PendingExchange): void {
    pending.abandoned = true;
    if (pending.end !== undefined) this.settle(pending);
  }

  /** No response is expected for it. */
  private settle(pending: PendingExchange): void {
    if (pending.emitted) return;
    this.held.push(pending);
    const earlier = this.waiting.length > 0 || this.unread;
    if (!earlier || this.held.length > maxPendingExchanges) this.releaseHeld();
  }

  private releaseHeld(): void {
    const { held } = this;
    if (held.length === 0) return;
    this.held = [];
    for (const pending of held) this.leave(pending);
  }

  /** It gets no response. */
  private leave(pending: PendingExchange): void {
    if (pending.emitted) return;
    if (this.ending) this.drop(pending);
    else this.emitOnce(pending);
  }

  private drop(pending: PendingExchange): void {
    pending.emitted = true;
    this.counters.unprocessedRequests++;
  }

  private forgetEarly(): void {
    this.answersEarly = false;
    if (this.early === undefined) return;
    this.early = undefined;
    this.counters.orphanResponses++;
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
