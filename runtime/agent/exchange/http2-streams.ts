import { fieldValue } from '../../http/header-fields.ts';
import { Http2Connection } from '../../http/http2/connection.ts';
import type { Http2Handler, Http2RequestHead, Http2ResponseHead } from '../../http/http2/handler.ts';
import { type Process, Protocol } from '../../protocol/generated/mirror.ts';
import type { AssemblerCounters } from './counters.ts';
import type { Deadlines, MessageStreams, MessageStreamsOptions, StreamPlace } from './message-streams.ts';
import { type PendingExchange, pendingExchange } from './pending-exchange.ts';

/** Readers, decoders and empty tables of both directions, beyond what HTTP/1 takes: measured, rounded up. */
const stateBytes = 3584;

/**
 * HTTP/2: a response belongs to the request of its stream, so that losses never lead to a wrong pair. An exchange is
 * emitted when its request has ended and its final response head is there; later trailers are not waited for.
 */
export class Http2Streams implements MessageStreams {
  private readonly options: MessageStreamsOptions;
  private readonly counters: AssemblerCounters;
  private readonly connection: Http2Connection;
  /** By stream. */
  private readonly waiting = new Map<number, PendingExchange>();
  /** Requests that servers need not process, as they break the rules: those that are answered count. */
  private readonly unruly = new WeakSet<PendingExchange>();
  private headBytes = 0;
  private process: Process = { pid: 0, comm: '' };
  private activityUs = 0;
  private recognised = false;

  /** @param upgraded the HTTP/1.1 request that asked for HTTP/2: its response comes on stream 1 */
  constructor(options: MessageStreamsOptions, upgraded?: PendingExchange) {
    this.options = options;
    this.counters = options.counters;
    const handler: Http2Handler = {
      onRequestHead: (stream, head) => this.requestBegan(stream, head),
      onRequestEnd: (stream, end) => {
        const pending = this.waiting.get(stream);
        if (pending === undefined) return;
        pending.end = end;
        if (pending.response !== undefined || pending.abandoned) this.emit(stream, pending);
      },
      onResponseHead: (stream, head) => this.responseBegan(stream, head),
      onTrailers: () => {},
      onOrphanResponse: () => {
        this.counters.orphanResponses++;
      },
      onStreamEnd: (stream, cause) => {
        if (cause === 'evicted') this.counters.streamsEvicted++;
        const pending = this.waiting.get(stream);
        if (pending === undefined) return;
        if (cause === 'refused' && pending.response === undefined) this.drop(stream, pending);
        else this.emit(stream, pending);
      },
      onLoss: (_direction, cause) => {
        this.counters.losses[cause]++;
      },
      onForeign: () => options.onForeign(),
    };
    const { bodyBytes, fromStart } = options;
    if (upgraded === undefined) {
      this.connection = new Http2Connection(handler, { bodyBytes, fromStart });
      return;
    }
    const upgradeSettings = fieldValue(upgraded.head.fields, 'http2-settings')?.toString('latin1') ?? '';
    this.connection = new Http2Connection(handler, { bodyBytes, fromStart, upgradeSettings });
    this.add(1, upgraded);
  }

  get retainedBytes(): number {
    return stateBytes + this.connection.retainedBytes + this.headBytes;
  }

  requestBytes(bytes: Buffer, timeUs: number, process: Process): void {
    this.process = process;
    this.activityUs = timeUs;
    this.connection.push('request', bytes, timeUs);
  }

  responseBytes(bytes: Buffer, timeUs: number, { startsFrame }: Pick<StreamPlace, 'startsFrame'>): void {
    this.connection.push('response', bytes, timeUs, startsFrame === true);
  }

  requestGap(bytes: number, lost: boolean): void {
    this.connection.gap('request', bytes, lost);
  }

  responseGap(bytes: number, lost: boolean): void {
    // Any stream's head may have been among them.
    if (lost)
      for (const pending of this.waiting.values())
        if (pending.response === undefined) pending.responseLostBytes += bytes;
    this.connection.gap('response', bytes, lost);
  }

  expire({ requestUs, responseUs }: Deadlines): void {
    for (const [stream, pending] of this.waiting) {
      if (pending.end !== undefined) {
        if (pending.activityUs < responseUs) this.emit(stream, pending);
      } else if (pending.activityUs < requestUs) {
        // A stream in both directions may go on for hours: its head is known, what came of its body is enough.
        if (pending.response !== undefined || this.activityUs < requestUs) this.connection.cutRequest(stream);
      }
    }
  }

  close(): void {
    this.connection.close();
  }

  private requestBegan(stream: number, head: Http2RequestHead): void {
    if (!this.recognised) this.options.onRecognised?.();
    this.recognised = true;
    this.counters.headerFieldsDropped += head.fieldsDropped;
    const { method, target, authority = '', fields, firstByteTime } = head;
    if (method === undefined || target === undefined) {
      this.counters.unknownRequests++;
      return;
    }
    const pending = pendingExchange(
      { protocol: Protocol.HTTP_2, method, target, authority, fields, firstByteTime },
      this.process,
    );
    if (head.misplaced) this.unruly.add(pending);
    this.add(stream, pending);
  }

  private add(stream: number, pending: PendingExchange): void {
    this.waiting.set(stream, pending);
    this.headBytes += pending.headBytes;
  }

  private responseBegan(
    stream: number,
    { status, fields, fieldsDropped, lastByteTime }: Http2ResponseHead,
  ): void {
    this.counters.headerFieldsDropped += fieldsDropped;
    const pending = this.waiting.get(stream);
    if (pending === undefined) {
      this.counters.orphanResponses++;
      return;
    }
    // Interim responses (RFC 9110 §15.2) are followed by the final one. A status from before the capture stays unknown.
    if (status === undefined || status < 200) return;
    pending.response = { status, fields, lastByteTime };
    if (pending.end !== undefined) this.emit(stream, pending);
  }

  private emit(stream: number, pending: PendingExchange): void {
    this.forget(stream, pending);
    if (pending.response === undefined && this.unruly.has(pending)) this.counters.losses.malformed++;
    else this.options.emit(pending);
  }

  /** The server has not processed it; clients send it again, on another connection (RFC 9113 §8.7). */
  private drop(stream: number, pending: PendingExchange): void {
    this.forget(stream, pending);
    this.counters.unprocessedRequests++;
  }

  private forget(stream: number, pending: PendingExchange): void {
    this.waiting.delete(stream);
    this.headBytes -= pending.headBytes;
  }
}
