import { ByteBuilder, copyOf } from './byte-builder.ts';
import type { RawFields } from './header-fields.ts';
import { BodyDecoder } from './http1-body.ts';
import { type Framing, requestFraming } from './http1-framing.ts';
import {
  afterStartLine,
  CR,
  contentEnd,
  type HeaderSection,
  headBound,
  isBlank,
  isTokenCharacter,
  LF,
  parseHeaderSection,
  parseRequestLine,
  type RequestLine,
} from './http1-head.ts';
import { HeadCollector } from './http1-head-collector.ts';
import { maxResyncBytes, maxStartLineBytes } from './limits.ts';
import { RequestLineSearch } from './request-line-search.ts';

export interface RequestHead extends RequestLine {
  readonly fields: RawFields;
  /** Header fields beyond the limit of 200. */
  readonly fieldsDropped: number;
  /** When the first byte came; the unit is the caller's. */
  readonly firstByteTime: number;
  /** False when bytes were lost before the end of the header section: fields may be missing. */
  readonly complete: boolean;
}

export interface RequestEnd {
  /** Content without transfer coding, at most `bodyBytes`. */
  readonly body: Buffer;
  /** The body is longer than what was kept. */
  readonly truncated: boolean;
  /** Bytes of this request that the capture missed. */
  readonly lostBytes: number;
}

/** `gap`: bytes were missed; `malformed`: what came is no HTTP message; `too-large`: a head beyond its limit. */
export type LossCause = 'gap' | 'malformed' | 'too-large';

/** What the parser reports, in stream order. Every onHead is followed by exactly one onEnd. */
export interface RequestHandler {
  /**
   * The first byte of what may become a head has come.
   *
   * @param unknownBytes of what came before it since message boundaries were lost
   */
  onHeadStart?(unknownBytes: number): void;
  onHead(head: RequestHead): void;
  onEnd(end: RequestEnd): void;
  /** Message boundaries were lost; the parser searches for the next request line. Requests may be missing here. */
  onLoss(cause: LossCause): void;
  /**
   * What the stream begins with is no request that can be read. May it be HTTP nevertheless? Then it is lost, and the next request is
   * searched for; else the stream is not HTTP/1. @default false
   */
  mayBeHttp?(): boolean;
  /** The stream is not HTTP/1; nothing more will be reported. */
  onForeign(protocol: 'http2' | 'other'): void;
}

type State = 'start' | 'head' | 'body' | 'search' | 'ignored';

const http2PrefaceLine = Buffer.from('PRI * HTTP/2.0');

/** Of a method that is still coming, so many octets are looked at. The longest registered one (UPDATEREDIRECTREF) has 17. */
const plausibleBytes = 256;

/**
 * Passive, incremental parser of the request direction of an HTTP/1.x connection (RFC 9112). Bytes in, messages
 * out; any split of the stream gives the same messages. Never throws on input; memory is bounded by one head
 * (64 KiB) and one body (`bodyBytes`).
 */
export class Http1RequestParser {
  private readonly handler: RequestHandler;
  private readonly collector = new HeadCollector();
  private readonly search = new RequestLineSearch();
  private readonly decoder = new BodyDecoder();
  private readonly body: ByteBuilder;
  private readonly noteDropped = (): void => {
    this.truncated = true;
  };
  private state: State;
  private requestLine: RequestLine | undefined;
  private firstByteTime = 0;
  private truncated = false;
  /** Bytes were missed inside this body: what follows the hole is not kept, so that content is never spliced. */
  private hole = false;
  private lostBytes = 0;
  private seenRequest = false;

  /**
   * @param options.bodyBytes content bytes kept of each request
   * @param options.fromStart false when the stream may start in mid-message
   */
  constructor(handler: RequestHandler, options: { bodyBytes: number; fromStart: boolean }) {
    this.handler = handler;
    this.body = new ByteBuilder(options.bodyBytes);
    this.state = options.fromStart ? 'start' : 'search';
    this.seenRequest = !options.fromStart;
  }

  /** Bytes of memory held for messages under way. */
  get retainedBytes(): number {
    return this.collector.retainedBytes + this.search.retainedBytes + this.body.capacity;
  }

  /** The next request is being looked for: what is missing now may hold any number of them. */
  get searching(): boolean {
    return this.state === 'search';
  }

  /** Bytes that were looked through since then. */
  get searchedBytes(): number {
    return this.search.searchedBytes;
  }

  /** Bytes of a request have come whose head is not complete. */
  get readingHead(): boolean {
    return this.state === 'head' || (this.state === 'search' && this.search.retainedBytes > 0);
  }

  /** The next bytes of the stream. They are copied where kept. */
  push(bytes: Buffer, time: number): void {
    let offset = 0;
    while (offset < bytes.length) {
      switch (this.state) {
        case 'start':
          offset = this.readStart(bytes, offset, time);
          break;
        case 'head':
          offset = this.readHead(bytes, offset);
          break;
        case 'body':
          offset = this.readBody(bytes, offset);
          break;
        case 'search':
          offset = this.readSearch(bytes, offset, time);
          break;
        case 'ignored':
          return;
      }
    }
  }

  /**
   * `bytes` bytes of the stream are missing here.
   *
   * @param lost false when they were left out on purpose (not counted as lost)
   */
  gap(bytes: number, lost: boolean): void {
    const count = lost ? bytes : 0;
    switch (this.state) {
      case 'start':
        this.lose('gap');
        break;
      case 'head':
        this.endCutHead(count);
        this.lose('gap');
        break;
      case 'body': {
        this.hole = true;
        this.truncated = true;
        this.lostBytes += count;
        const known = this.decoder.skip(bytes);
        if (!known || this.decoder.done) this.endRequest();
        if (!known) this.lose('gap');
        break;
      }
      case 'search':
        this.search.breakLine();
        break;
      case 'ignored':
        break;
    }
  }

  /** The server switched protocols or opened a tunnel (RFC 9110 §7.8, §9.3.6): the rest is not HTTP. */
  ignoreRest(): void {
    this.close();
    this.state = 'ignored';
    this.collector.reset();
    this.search.reset();
  }

  /** The stream has ended; a request whose body is incomplete is reported as truncated. */
  close(): void {
    if (this.state === 'head') this.endCutHead(0);
    else if (this.state === 'body') {
      this.truncated = true;
      this.endRequest();
    }
    if (this.state !== 'ignored') this.state = 'start';
    this.collector.reset();
  }

  private readStart(bytes: Buffer, offset: number, time: number): number {
    let index = offset;
    // RFC 9112 §2.2: a server ignores an empty line received before the request line.
    while (index < bytes.length && (bytes[index] === CR || bytes[index] === LF)) index++;
    if (index < bytes.length) this.startHead(time, 0);
    return index;
  }

  private startHead(time: number, unknownBytes: number): void {
    this.state = 'head';
    this.firstByteTime = time;
    this.requestLine = undefined;
    this.collector.reset();
    this.handler.onHeadStart?.(unknownBytes);
  }

  private readHead(bytes: Buffer, offset: number): number {
    if (this.requestLine === undefined && this.collector.empty) {
      const next = this.readWholeHead(bytes, offset);
      if (next > 0) return next;
    }
    if (this.requestLine === undefined) {
      const line = this.collector.peekStartLine(bytes, offset);
      if (line === 'too-long') {
        // Exactly this much is skipped, so that the result does not depend on how the stream was split.
        const skipped = maxStartLineBytes + 2 - this.collector.bytes.length;
        this.lose('too-large');
        return offset + skipped;
      }
      if (line === 'incomplete') {
        const first = this.collector.peek(bytes, offset, plausibleBytes);
        if (!plausibleStart(first)) return this.rejectStart(offset);
      } else {
        this.requestLine = parseRequestLine(line, 0, line.length);
        if (this.requestLine === undefined) return this.rejectStart(offset, line);
      }
    }
    const next = this.collector.feed(bytes, offset);
    const head = this.collector.head;
    if (head !== undefined && this.requestLine !== undefined) this.headRead(head, this.requestLine);
    else if (this.collector.tooLarge) {
      this.endCutHead(0);
      this.lose('too-large');
    }
    return next;
  }

  /** The usual case: the head lies in one piece. Offset after it; 0 when it has to be gathered, or judged, step by step. */
  private readWholeHead(bytes: Buffer, offset: number): number {
    const afterLine = afterStartLine(bytes, offset);
    const bound = afterLine < 0 ? -1 : headBound(bytes, offset);
    if (bound < 0) return 0;
    const line = parseRequestLine(bytes, offset, contentEnd(bytes, offset, afterLine));
    if (line === undefined) return 0;
    const head = copyOf(bytes, offset, bound);
    const section = parseHeaderSection(head, afterLine - offset, head.length);
    this.sectionRead(line, section);
    return offset + section.end;
  }

  private headRead(head: Buffer, line: RequestLine): void {
    const section = parseHeaderSection(head, this.collector.fieldsStart, head.length);
    this.collector.reset();
    this.sectionRead(line, section);
  }

  private sectionRead(line: RequestLine, section: HeaderSection): void {
    this.beginRequest(line, section, true);
    const framing: Framing = requestFraming(section, line.minorVersion);
    this.decoder.begin(framing);
    this.afterBodyStep();
  }

  private beginRequest(line: RequestLine, section: HeaderSection, complete: boolean): void {
    this.seenRequest = true;
    this.truncated = false;
    this.hole = false;
    this.lostBytes = 0;
    this.state = 'body';
    const { method, target, minorVersion } = line;
    const { fields, fieldsDropped } = section;
    const { firstByteTime } = this;
    this.handler.onHead({ method, target, minorVersion, fields, fieldsDropped, firstByteTime, complete });
  }

  private readBody(bytes: Buffer, offset: number): number {
    const next = this.hole
      ? this.decoder.push(bytes, offset)
      : this.decoder.push(bytes, offset, this.body, this.noteDropped);
    this.afterBodyStep();
    return next;
  }

  private afterBodyStep(): void {
    // The handler may have switched the parser off from within onHead.
    if (this.state !== 'body') return;
    if (this.decoder.done) this.endRequest();
    else if (this.decoder.invalid) {
      this.truncated = true;
      this.endRequest();
      this.lose('malformed');
    }
  }

  private endRequest(): void {
    this.state = 'start';
    const body = this.body.take();
    this.handler.onEnd({ body, truncated: this.truncated, lostBytes: this.lostBytes });
  }

  /** The rest of a head will not come: report what its complete lines say, if the request line is among them. */
  private endCutHead(lostBytes: number): void {
    const line = this.requestLine;
    if (line === undefined) return;
    const cut = Buffer.from(this.collector.bytes);
    const section = parseHeaderSection(cut, this.collector.fieldsStart, cut.length);
    this.beginRequest(line, section, false);
    if (this.state !== 'body') return;
    this.truncated = true;
    this.lostBytes = lostBytes;
    this.endRequest();
  }

  /** What started here is no request. Nothing of bytes from `offset` is consumed: the search reads it again. */
  private rejectStart(offset: number, line?: Buffer): number {
    const http2 = line?.equals(http2PrefaceLine) === true;
    if (!this.seenRequest && (http2 || this.handler.mayBeHttp?.() !== true)) {
      this.becomeForeign(http2 ? 'http2' : 'other');
      return offset;
    }
    const before = this.collector.bytes;
    this.lose('malformed');
    // No line end is in there, so nothing can be found yet.
    this.search.feed(before, 0);
    return offset;
  }

  private lose(cause: LossCause): void {
    if (this.state === 'ignored') return;
    this.state = 'search';
    this.requestLine = undefined;
    this.collector.reset();
    this.search.reset();
    this.handler.onLoss(cause);
  }

  private readSearch(bytes: Buffer, offset: number, time: number): number {
    const result = this.search.feed(bytes, offset);
    if (result.found !== undefined) {
      const unknownBytes = this.search.searchedBytes - result.found.length;
      this.search.reset();
      this.startHead(time, unknownBytes);
      this.readHead(result.found, 0);
    } else if (this.search.searchedBytes > maxResyncBytes) this.becomeForeign('other');
    return result.offset;
  }

  private becomeForeign(protocol: 'http2' | 'other'): void {
    this.state = 'ignored';
    this.collector.reset();
    this.search.reset();
    this.handler.onForeign(protocol);
  }
}

/** Can these first bytes still become a method and white space? */
function plausibleStart(bytes: Buffer): boolean {
  let start = 0;
  while (isBlank(bytes[start])) start++;
  for (let index = start; index < bytes.length; index++) {
    if (isBlank(bytes[index])) return index > start;
    if (!isTokenCharacter(bytes[index])) return false;
  }
  return true;
}
