import { copyOf } from './byte-builder.ts';
import type { RawFields } from './header-fields.ts';
import { BodyDecoder } from './http1-body.ts';
import { responseFraming } from './http1-framing.ts';
import {
  afterStartLine,
  CR,
  contentEnd,
  type HeaderSection,
  headBound,
  LF,
  parseHeaderSection,
  parseStatusLine,
  type StatusLine,
} from './http1-head.ts';
import { HeadCollector } from './http1-head-collector.ts';
import type { LossCause } from './http1-request-parser.ts';
import { maxStartLineBytes } from './limits.ts';

export interface ResponseHead extends StatusLine {
  readonly fields: RawFields;
  /** Header fields beyond the limit of 200. */
  readonly fieldsDropped: number;
  /** When the last byte of the head came; the unit is the caller's. */
  readonly lastByteTime: number;
}

export interface ResponseHandler {
  /**
   * The first byte of what may become a head.
   *
   * @param position of it in the stream
   */
  onHeadStart?(position: number): void;
  /**
   * A head, interim ones (1xx) included. Returns the method of the request that it answers, which decides whether
   * a body follows (RFC 9112 §6.3); undefined when unknown.
   */
  onHead(head: ResponseHead): string | undefined;
  /** Is a request waiting for its response? While none is, no head is searched for. */
  awaitsResponse(): boolean;
  /** Can a response begin here, where the one before has an unknown end? @default anywhere */
  mayStartAt?(position: number): boolean;
  /**
   * A response begins behind a gap in which were exactly so many heads of final responses. True: it is known which
   * they answer. @default false
   */
  onHeadsLost?(count: number): boolean;
  /** Message boundaries were lost: response heads may be missing here. */
  onLoss(cause: LossCause): void;
  /** The stream does not start with an HTTP/1 response. */
  onForeign(): void;
}

/**
 * `walked`: a chunked body that the capture follows instead. `gapped`: bytes are missing in which heads may be; the
 * next bytes can tell how many.
 */
type State = 'start' | 'head' | 'body' | 'walked' | 'gapped' | 'search' | 'ignored';

/** What the capture knows of bytes of the stream. */
export interface ResponseBytesPlace {
  /** Of the first byte in the stream. @default right behind what came before */
  readonly position?: number;
  /** The chunked body before was followed to its end, which is here. */
  readonly chunksEnded?: boolean;
  /** A head begins here, and so many heads of final responses are missing since the last one. */
  readonly headsLost?: number | undefined;
}

const statusStart = Buffer.from('HTTP/1.');

/**
 * Passive, incremental parser of the response direction of an HTTP/1.x connection (RFC 9112). Bodies are walked,
 * never kept, and may be missing from the capture: known lengths are skipped by arithmetic, of chunked ones the
 * capture tells the end. Otherwise the parser waits until a further request wants a response and goes on at the next
 * piece of the stream that starts like a response. Never throws on input; memory is bounded by one head (64 KiB).
 */
export class Http1ResponseParser {
  private readonly handler: ResponseHandler;
  private readonly collector = new HeadCollector();
  private readonly decoder = new BodyDecoder();
  private state: State;
  private statusLine: StatusLine | undefined;
  private seenResponse = false;
  private lastTime = 0;
  /** Of the next byte in the stream. */
  private position = 0;
  /** Behind the last bytes that came, and behind the last head; what is missing begins right behind a head when they are equal. */
  private dataEnd = 0;
  private headEnd = 0;
  private gapBehindHead = false;

  /** @param options.fromStart false when the stream may start in mid-message */
  constructor(handler: ResponseHandler, options: { fromStart: boolean }) {
    this.handler = handler;
    this.state = options.fromStart ? 'start' : 'search';
    this.seenResponse = !options.fromStart;
  }

  /** Bytes of memory held for a message under way. */
  get retainedBytes(): number {
    return this.collector.retainedBytes;
  }

  /**
   * The next bytes of the stream. They are copied where kept. Gives how many were read: all, unless the rest is ignored.
   */
  push(bytes: Buffer, time: number, place: ResponseBytesPlace = {}): number {
    const { position = this.position, chunksEnded, headsLost } = place;
    this.lastTime = time;
    this.position = position;
    if (this.state === 'walked') {
      if (chunksEnded) this.state = 'start';
      else this.lose('malformed');
    } else if (this.state === 'gapped') {
      const known = headsLost !== undefined && this.gapBehindHead && this.handler.onHeadsLost?.(headsLost);
      if (known) this.state = 'start';
      else this.lose('gap');
    }
    const read = this.read(bytes, time);
    this.position = position + bytes.length;
    this.dataEnd = this.position;
    return read;
  }

  /** What is missing stays so. */
  settle(): void {
    if (this.state === 'gapped') this.lose('gap');
  }

  /** It is not known yet whether heads are missing. */
  get unsettled(): boolean {
    return this.state === 'gapped';
  }

  private read(bytes: Buffer, time: number): number {
    let offset = 0;
    while (offset < bytes.length) {
      switch (this.state) {
        case 'start':
          offset = this.readStart(bytes, offset);
          break;
        case 'head':
          offset = this.readHead(bytes, offset, time);
          break;
        case 'body':
          offset = this.readBody(bytes, offset);
          break;
        case 'search':
          offset = this.readSearch(bytes, offset);
          break;
        case 'walked':
        case 'gapped':
        case 'ignored':
          return offset;
      }
    }
    return bytes.length;
  }

  /**
   * Has the response before ended at this position, to which the stream has come? Undefined when that is not known.
   *
   * @param chunked what the capture knows of the chunked response whose head was delivered last
   */
  endsAt(position: number, chunked: 'ended' | 'goes-on' | undefined): boolean | undefined {
    const ahead = position - this.position;
    if (ahead < 0) return undefined;
    switch (this.state) {
      case 'start':
        return ahead === 0 ? true : undefined;
      case 'head':
        return ahead === 0 ? false : undefined;
      case 'body': {
        const left = this.decoder.lengthLeft;
        if (left !== undefined) return ahead > left ? undefined : ahead === left;
        if (this.decoder.atFirstChunk) return chunked === undefined ? undefined : chunked === 'ended';
        return ahead === 0 && !this.decoder.untilClose ? false : undefined;
      }
      case 'walked':
        return chunked === undefined ? undefined : chunked === 'ended';
      default:
        return undefined;
    }
  }

  /**
   * `bytes` bytes of the stream are missing here.
   *
   * @param lost false when they were left out on purpose
   */
  gap(bytes: number, lost = true): void {
    this.position += bytes;
    switch (this.state) {
      case 'start':
        this.openGap();
        break;
      case 'head':
        this.endCutHead();
        if (this.stateIs('head')) this.lose('gap');
        break;
      case 'body':
        // A body that only the end of the connection ends cannot be told from a chunked one gone wrong
        // unless nothing is missing: after a hole, a further request decides.
        if (!lost && this.decoder.atFirstChunk) this.state = 'walked';
        else if (this.decoder.atFirstChunk) this.openGap();
        else if (this.decoder.untilClose || !this.decoder.skip(bytes)) this.openGap();
        else if (this.decoder.done) this.state = 'start';
        break;
      case 'walked':
        if (lost) this.openGap();
        break;
      case 'gapped':
        break;
      case 'search':
        // Among them may be the head that is being searched for.
        this.handler.onLoss('gap');
        break;
      case 'ignored':
        break;
    }
  }

  private openGap(): void {
    this.state = 'gapped';
    this.gapBehindHead = this.dataEnd === this.headEnd;
  }

  /** The rest of a head is missing: report what its complete lines say, if the status line is among them. */
  private endCutHead(): void {
    const line = this.statusLine;
    if (line === undefined) return;
    const cut = Buffer.from(this.collector.bytes);
    const section = parseHeaderSection(cut, this.collector.fieldsStart, cut.length);
    const { fields, fieldsDropped } = section;
    this.handler.onHead({ ...line, fields, fieldsDropped, lastByteTime: this.lastTime });
  }

  /** A handler may have switched the parser off. */
  private stateIs(state: State): boolean {
    return this.state === state;
  }

  /** The rest of the stream is not HTTP. */
  ignoreRest(): void {
    this.state = 'ignored';
    this.collector.reset();
  }

  private readStart(bytes: Buffer, offset: number): number {
    let index = offset;
    while (index < bytes.length && (bytes[index] === CR || bytes[index] === LF)) index++;
    if (index < bytes.length) this.startHead(index);
    return index;
  }

  private startHead(offset: number): void {
    this.state = 'head';
    this.statusLine = undefined;
    this.collector.reset();
    this.handler.onHeadStart?.(this.position + offset);
  }

  private readHead(bytes: Buffer, offset: number, time: number): number {
    if (this.statusLine === undefined && this.collector.empty) {
      const next = this.readWholeHead(bytes, offset, time);
      if (next > 0) return next;
    }
    if (this.statusLine === undefined) {
      const line = this.collector.peekStartLine(bytes, offset);
      if (line === 'too-long') {
        const skipped = maxStartLineBytes + 2 - this.collector.bytes.length;
        this.lose('too-large');
        return offset + skipped;
      }
      if (line === 'incomplete') {
        const first = this.collector.peek(bytes, offset, statusStart.length);
        if (!first.equals(statusStart.subarray(0, first.length))) return this.rejectStart(bytes);
      } else {
        this.statusLine = parseStatusLine(line, 0, line.length);
        if (this.statusLine === undefined) return this.rejectStart(bytes);
      }
    }
    const next = this.collector.feed(bytes, offset);
    const head = this.collector.head;
    this.headEnd = this.position + next;
    if (head !== undefined && this.statusLine !== undefined) this.headRead(head, this.statusLine, time);
    else if (this.collector.tooLarge) this.lose('too-large');
    return next;
  }

  /** The usual case: the head lies in one piece. Offset after it; 0 when it has to be gathered, or judged, step by step. */
  private readWholeHead(bytes: Buffer, offset: number, time: number): number {
    const afterLine = afterStartLine(bytes, offset);
    const bound = afterLine < 0 ? -1 : headBound(bytes, offset);
    if (bound < 0) return 0;
    const line = parseStatusLine(bytes, offset, contentEnd(bytes, offset, afterLine));
    if (line === undefined) return 0;
    const head = copyOf(bytes, offset, bound);
    const section = parseHeaderSection(head, afterLine - offset, head.length);
    this.headEnd = this.position + offset + section.end;
    this.sectionRead(line, section, time);
    return offset + section.end;
  }

  private headRead(head: Buffer, line: StatusLine, time: number): void {
    const section = parseHeaderSection(head, this.collector.fieldsStart, head.length);
    this.collector.reset();
    this.sectionRead(line, section, time);
  }

  private sectionRead({ minorVersion, status }: StatusLine, section: HeaderSection, time: number): void {
    this.seenResponse = true;
    this.state = 'body';
    const { fields, fieldsDropped } = section;
    const method = this.handler.onHead({ minorVersion, status, fields, fieldsDropped, lastByteTime: time });
    if (this.state !== 'body') return;
    this.decoder.begin(responseFraming(section, status, method));
    // Without the request, it may just as well be one to HEAD, which has no body: the next request tells.
    if (method === undefined && !this.decoder.done) this.lose('malformed');
    else this.afterBodyStep();
  }

  private readBody(bytes: Buffer, offset: number): number {
    if (this.decoder.untilClose && this.handler.awaitsResponse()) {
      // The client goes on, so the connection does: this response did end somewhere.
      this.lose('malformed');
      return offset;
    }
    const next = this.decoder.push(bytes, offset);
    this.afterBodyStep();
    return next;
  }

  private afterBodyStep(): void {
    if (this.decoder.done) this.state = 'start';
    else if (this.decoder.invalid) this.lose('malformed');
  }

  /** What started here is no response: skip this piece of the stream. */
  private rejectStart(bytes: Buffer): number {
    if (!this.seenResponse) {
      this.ignoreRest();
      this.handler.onForeign();
    } else this.lose('malformed');
    return bytes.length;
  }

  private lose(cause: LossCause): void {
    this.state = 'search';
    this.statusLine = undefined;
    this.collector.reset();
    this.handler.onLoss(cause);
  }

  /** Servers answer with calls of their own, so a head behind an unknown end starts a piece of the stream. */
  private readSearch(bytes: Buffer, offset: number): number {
    if (offset > 0 || !this.handler.awaitsResponse()) return bytes.length;
    if (this.handler.mayStartAt?.(this.position) === false) return bytes.length;
    const first = bytes.subarray(0, statusStart.length);
    if (!first.equals(statusStart.subarray(0, first.length))) return bytes.length;
    this.startHead(0);
    return 0;
  }
}
