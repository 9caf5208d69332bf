import type { FrameLossCause } from './frame-reader.ts';
import type { FieldSection, Http2RequestHead, Http2ResponseHead } from './message.ts';

export type Direction = 'request' | 'response';

/** Shaped as HTTP/1's request end. */
export interface Http2RequestEnd {
  /** Content, at most `bodyBytes`. */
  readonly body: Buffer;
  /** The body is longer than what was kept, or its end was not seen. */
  readonly truncated: boolean;
  /** Bytes that the capture missed and that may belong to this request. */
  readonly lostBytes: number;
}

/**
 * `complete`: both sides ended it; `reset`: RST_STREAM; `refused`: the server did not process it (beyond the last stream
 * of its GOAWAY, or reset as REFUSED_STREAM: RFC 9113 §8.7); `evicted`: too many streams at once, the oldest goes; `closed`: the connection ended.
 */
export type StreamEndCause = 'complete' | 'reset' | 'refused' | 'evicted' | 'closed';

/**
 * What an HTTP/2 connection reports. For each stream, first to last: at most one onRequestHead, followed by exactly
 * one onRequestEnd; any number of onResponseHead (interim ones, then one final); then exactly one onStreamEnd. Request
 * and response may interleave, and a response head may come first when the request was found late.
 */
export interface Http2Handler {
  onRequestHead(stream: number, head: Http2RequestHead): void;
  onRequestEnd(stream: number, end: Http2RequestEnd): void;
  /** Interim ones (1xx) included. */
  onResponseHead(stream: number, head: Http2ResponseHead): void;
  /** A response head whose request will not be reported any more, or was on a stream that has ended. */
  onOrphanResponse(): void;
  /** Such as gRPC's status, in the response. */
  onTrailers(stream: number, direction: Direction, section: FieldSection): void;
  onStreamEnd(stream: number, cause: StreamEndCause): void;
  /** Frames of this direction may be missing here. */
  onLoss(direction: Direction, cause: FrameLossCause): void;
  /** The connection is not HTTP/2; nothing more will be reported. */
  onForeign(): void;
}

export type { FieldSection, FrameLossCause, Http2RequestHead, Http2ResponseHead };
