import { ByteBuilder } from '../byte-builder.ts';
import type { HpackBlock } from '../hpack/decoder.ts';
import type { Http2Handler, StreamEndCause } from './handler.ts';
import type { HeaderBlock } from './header-block.ts';
import { maxConnectionBodyBytes, maxStreams } from './limits.ts';
import { requestHead, responseHead, trailerSection } from './message.ts';

interface Stream {
  readonly id: number;
  /** Its head was reported. */
  request: boolean;
  /** Its end was reported. */
  reported: boolean;
  /** The client ended its side. */
  requestClosed: boolean;
  /** A final response head was reported. */
  response: boolean;
  /** That head's status was not known: it may have been an interim one. */
  statusUnknown: boolean;
  responseClosed: boolean;
  /** The server asked for no more of the request: what the client had sent already may still come. */
  stopped: boolean;
  /** Content kept: most requests have one DATA frame, and only a second one needs a builder. */
  content: Buffer;
  builder: ByteBuilder | undefined;
  truncated: boolean;
  /** Bytes were missed inside the body: what follows the hole is not kept, so that content is never spliced. */
  hole: boolean;
  lostBytes: number;
  /** CONNECT: DATA frames carry another protocol, not content (RFC 9113 §8.5). */
  tunnel: boolean;
}

const noBytes = Buffer.alloc(0);

/** An entry of the table, without content: measured, rounded up. */
const streamBytes = 256;

/** The streams of one connection, RFC 9113 §5.1: turns blocks and DATA into requests and responses. */
export class StreamTable {
  /** The highest identifier a client opened. */
  highest = 0;
  /** The highest one whose request was seen: those of lower ones do not come any more (RFC 9113 §5.1.1). */
  private highestRequest = 0;
  private readonly handler: Http2Handler;
  private readonly bodyLimit: number;
  private readonly connectionLimit: number;
  private readonly streams = new Map<number, Stream>();
  private bodyBytes = 0;
  /** The last stream that the server processes, as far as it has said. */
  private lastProcessed = Number.POSITIVE_INFINITY;

  constructor(handler: Http2Handler, bodyLimit: number) {
    this.handler = handler;
    this.bodyLimit = bodyLimit;
    this.connectionLimit = maxConnectionBodyBytes(bodyLimit);
  }

  /** Streams under way. */
  get size(): number {
    return this.streams.size;
  }

  /** Bytes held: streams and their request bodies. */
  get retainedBytes(): number {
    return this.streams.size * streamBytes + this.bodyBytes;
  }

  /** Stream 1 carries the response to an HTTP/1.1 request that asked for the upgrade (RFC 7540 §3.2). */
  openUpgraded(): void {
    const stream = this.open(1);
    stream.request = true;
    this.highestRequest = 1;
    stream.requestClosed = true;
  }

  /** A header block of a client; false when it cannot be one. */
  requestBlock(block: HeaderBlock, decoded: HpackBlock): boolean {
    const { stream: id, endStream } = block;
    let stream = this.streams.get(id);
    if (stream?.requestClosed) return false; // §5.1: closed streams get no HEADERS.
    if (stream?.request) {
      this.handler.onTrailers(id, 'request', trailerSection(decoded));
    } else {
      const head = requestHead(decoded, block);
      if (head === undefined) return isTrailers(decoded);
      stream ??= this.open(id);
      stream.request = true;
      this.highestRequest = Math.max(this.highestRequest, id);
      stream.tunnel = head.method === 'CONNECT';
      stream.lostBytes += block.lostBytes;
      if (!block.complete) stream.truncated = true;
      this.handler.onRequestHead(id, head);
      if (id > this.lastProcessed) {
        this.end(stream, 'refused');
        return true;
      }
    }
    if (endStream) this.closeRequest(stream);
    return true;
  }

  /** A header block of a server; false when it cannot be one. */
  responseBlock(block: HeaderBlock, decoded: HpackBlock): boolean {
    const { stream: id, endStream } = block;
    let stream = this.streams.get(id);
    if (stream?.responseClosed) return false;
    const head = responseHead(decoded, block);
    if (stream?.response && !(stream.statusUnknown && head?.status !== undefined)) {
      this.handler.onTrailers(id, 'response', trailerSection(decoded));
    } else if (head === undefined) {
      // Trailers of a response whose head was not seen.
      if (!isTrailers(decoded)) return false;
    } else if (head.status === undefined && endStream && !stream?.request) {
      // A response without body or the trailers of an older one: cannot be told.
    } else if (stream === undefined && id <= this.highestRequest) {
      // Its request was given up, or never seen: it takes no place, which another stream would lose.
      this.handler.onOrphanResponse();
    } else {
      stream ??= this.open(id);
      stream.response = head.status === undefined || head.status >= 200;
      stream.statusUnknown = head.status === undefined;
      this.handler.onResponseHead(id, head);
    }
    if (endStream) this.closeResponse(id);
    return true;
  }

  /** Content of a request: bytes[start, end). */
  requestData(id: number, bytes: Buffer, start: number, end: number): void {
    const stream = this.streams.get(id);
    if (!stream?.request || stream.requestClosed || stream.tunnel) return;
    const count = end - start;
    if (stream.hole) return;
    const room = Math.min(count, this.connectionLimit - this.bodyBytes);
    const kept = this.keep(stream, bytes, start, start + room);
    this.bodyBytes += kept;
    if (kept < count) {
      stream.truncated = true;
      stream.hole = true;
    }
  }

  /** Returns the number of bytes kept. */
  private keep(stream: Stream, bytes: Buffer, start: number, end: number): number {
    if (stream.builder === undefined) {
      if (stream.content.length === 0) {
        stream.content = Buffer.from(bytes.subarray(start, Math.min(end, start + this.bodyLimit)));
        return stream.content.length;
      }
      stream.builder = new ByteBuilder(this.bodyLimit);
      stream.builder.append(stream.content, 0, stream.content.length);
      stream.content = noBytes;
    }
    return stream.builder.append(bytes, start, end);
  }

  /** Content of a request that is missing. */
  requestGap(id: number, bytes: number, lost: boolean): void {
    const stream = this.streams.get(id);
    if (!stream?.request || stream.requestClosed) return;
    if (lost) stream.lostBytes += bytes;
    if (stream.tunnel) return;
    stream.hole = true;
    stream.truncated = true;
  }

  /** END_STREAM of the client. */
  endRequest(id: number): void {
    const stream = this.streams.get(id);
    if (stream?.request && !stream.requestClosed) this.closeRequest(stream);
  }

  /** Reports a request before its end, as truncated; what follows of it is walked over. */
  cutRequest(id: number): void {
    const stream = this.streams.get(id);
    if (!stream?.request || stream.requestClosed || stream.reported) return;
    if (stream.stopped) {
      this.end(stream, 'reset');
      return;
    }
    stream.truncated = true;
    stream.hole = true;
    this.reportEnd(stream);
  }

  /** END_STREAM of the server. */
  closeResponse(id: number): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    stream.responseClosed = true;
    // After a hole the client's END_STREAM may be what is missing.
    if (stream.requestClosed || (stream.request && stream.hole)) this.end(stream, 'complete');
  }

  /**
   * RST_STREAM, RFC 9113 §6.4. A server that has answered before it read all of the request stops the client with one
   * (§8.1); servers such as nginx read what was under way nevertheless, and it belongs to the request.
   *
   * @param refused the server did not process the request
   */
  reset(id: number, byServer: boolean, refused: boolean): void {
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    if (byServer && stream.request && !stream.requestClosed && stream.response && !stream.hole) {
      stream.stopped = true;
      stream.responseClosed = true;
    } else {
      this.end(stream, refused ? 'refused' : 'reset');
    }
  }

  /** The server's GOAWAY: streams above `last` were not and will not be processed (RFC 9113 §6.8). */
  refuseAbove(last: number): void {
    this.lastProcessed = Math.min(this.lastProcessed, last);
    for (const stream of [...this.streams.values()]) if (stream.id > last) this.end(stream, 'refused');
  }

  /** Client frames are missing: any request under way may be incomplete. */
  requestLoss(lostBytes: number): void {
    for (const stream of this.streams.values()) {
      if (!stream.request || stream.requestClosed) continue;
      stream.hole = true;
      stream.truncated = true;
      stream.lostBytes += lostBytes;
    }
  }

  /** The connection has ended. */
  close(): void {
    for (const stream of [...this.streams.values()]) this.end(stream, 'closed');
  }

  private open(id: number): Stream {
    if (this.streams.size >= maxStreams) {
      const [oldest] = this.streams.values();
      if (oldest !== undefined) this.end(oldest, 'evicted');
    }
    const stream: Stream = {
      id,
      request: false,
      reported: false,
      requestClosed: false,
      response: false,
      statusUnknown: false,
      responseClosed: false,
      stopped: false,
      content: noBytes,
      builder: undefined,
      truncated: false,
      hole: false,
      lostBytes: 0,
      tunnel: false,
    };
    this.streams.set(id, stream);
    this.highest = Math.max(this.highest, id);
    return stream;
  }

  private closeRequest(stream: Stream): void {
    stream.requestClosed = true;
    this.reportEnd(stream);
    if (stream.responseClosed) this.end(stream, 'complete');
  }

  private end(stream: Stream, cause: StreamEndCause): void {
    this.streams.delete(stream.id);
    if (stream.request && !stream.requestClosed) {
      stream.truncated ||= !stream.tunnel;
      stream.requestClosed = true;
      this.reportEnd(stream);
    }
    this.handler.onStreamEnd(stream.id, cause);
  }

  private reportEnd(stream: Stream): void {
    if (stream.reported) return;
    stream.reported = true;
    const body = stream.builder?.take() ?? stream.content;
    stream.builder = undefined;
    stream.content = noBytes;
    this.bodyBytes -= body.length;
    this.handler.onRequestEnd(stream.id, { body, truncated: stream.truncated, lostBytes: stream.lostBytes });
  }
}

/** No pseudo-header field is in there (RFC 9113 §8.1). */
function isTrailers(decoded: HpackBlock): boolean {
  return decoded.fields.every(({ name }) => !name?.startsWith(':'));
}
