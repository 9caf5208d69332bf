import { ByteBuilder } from '../byte-builder.ts';
import {
  type FrameHeader,
  frameHeaderBytes,
  frameType,
  isPlausible,
  type Plausibility,
  readFrameHeader,
} from './frame-header.ts';
import { FrameSearch, type Piece } from './frame-search.ts';
import { maxHeaderBlockBytes, maxSearchBytes, maxWrongBoundaries } from './limits.ts';
import { connectionPreface } from './preface.ts';

/** A frame whose payload was collected. */
export interface Frame {
  readonly header: FrameHeader;
  /** The payload, or what came of it. Valid during the call. */
  readonly payload: Buffer;
  /** False: bytes are missing after `payload`, or it was longer than the limit. */
  readonly complete: boolean;
  /** Bytes of the payload that the capture missed. */
  readonly lostBytes: number;
  /** When the first byte of the frame's header came. */
  readonly firstByteTime: number;
  /** When its last byte came. */
  readonly lastByteTime: number;
}

/** `gap`: bytes were missed; `malformed`: what came is no HTTP/2. */
export type FrameLossCause = 'gap' | 'malformed';

/** What a frame reader reports, in stream order. */
export interface FrameHandler {
  /** HEADERS, CONTINUATION, PUSH_PROMISE, SETTINGS, RST_STREAM or GOAWAY. False: the boundary it started at was a wrong guess. */
  onFrame(frame: Frame): boolean;
  /** A piece of a DATA frame's content, without padding: bytes[start, end). */
  onData(header: FrameHeader, bytes: Buffer, start: number, end: number): void;
  /** Bytes missing inside a DATA frame. */
  onDataGap(header: FrameHeader, bytes: number, lost: boolean): void;
  onDataEnd(header: FrameHeader): void;
  /** Frame boundaries were lost: frames may be missing here. `lostBytes`: known to be missed. */
  onLoss(cause: FrameLossCause, lostBytes: number): void;
  /** The stream is not HTTP/2; nothing more will be reported. */
  onForeign(): void;
}

type State = 'preface' | 'header' | 'payload' | 'search' | 'ignored';

const noBytes = Buffer.alloc(0);

const collectedTypes: ReadonlySet<number> = new Set([
  frameType.headers,
  frameType.continuation,
  frameType.pushPromise,
  frameType.settings,
  frameType.resetStream,
  frameType.goAway,
]);

/**
 * Passive, incremental reader of the frames in one direction of an HTTP/2 connection (RFC 9113 §4). Any split of
 * the stream gives the same frames. Never throws on input; memory is bounded by one header block fragment
 * (128 KiB) and, while searching a boundary, {@link FrameSearch}.
 */
export class FrameReader {
  private readonly handler: FrameHandler;
  private readonly search = new FrameSearch();
  private readonly head = Buffer.alloc(Math.max(frameHeaderBytes, connectionPreface.length));
  private headBytes = 0;
  private state: State;
  private boundariesProven: boolean;
  private header: FrameHeader = { length: 0, type: 0, flags: 0, reserved: false, stream: 0 };
  /** Bytes of the payload still to come. */
  private remaining = 0;
  /** Bytes of DATA content still to come; then padding. -1: the pad length has not been read. */
  private content = 0;
  private collected = new ByteBuilder(maxHeaderBlockBytes);
  private complete = true;
  private wrongBoundaries = 0;
  /** The bytes being read come from the search. */
  private rereading = false;
  private lostBytes = 0;
  private firstByteTime = 0;
  /** Kept up to date by the owner. */
  readonly plausibility: Plausibility;
  /** Every SETTINGS frame of the other direction was seen, so that larger frames than they allow are errors. */
  sizeKnown = true;

  /**
   * @param options.start `preface`: the stream starts with the client's connection preface (RFC 9113 §3.4);
   *   `frame`: with a frame, as the server's does; `middle`: somewhere
   */
  constructor(
    handler: FrameHandler,
    options: { start: 'preface' | 'frame' | 'middle'; plausibility: Plausibility },
  ) {
    this.handler = handler;
    this.boundariesProven = options.start !== 'middle';
    this.state = { preface: 'preface', frame: 'header', middle: 'search' }[options.start] as State;
    this.plausibility = options.plausibility;
  }

  /** Bytes of memory held. */
  get retainedBytes(): number {
    return this.collected.capacity + this.search.retainedBytes;
  }

  /** Every boundary so far follows from the connection's start; none was searched. */
  get proven(): boolean {
    return this.boundariesProven;
  }

  /** Frame boundaries are known. */
  get inStep(): boolean {
    return this.state === 'header' || this.state === 'payload';
  }

  /** The next bytes of the stream. They are copied where kept. */
  push(bytes: Buffer, time: number): void {
    if (this.state === 'search') this.search.push(bytes, time, true);
    else this.read(bytes, time);
    this.settle();
  }

  /** A frame header comes next: a search for one is over. */
  resume(): void {
    if (this.state !== 'search') return;
    this.search.reset();
    this.startFrame();
  }

  /** `bytes` bytes of the stream are missing here; `lost`: not left out on purpose. */
  gap(bytes: number, lost: boolean): void {
    if (bytes <= 0) return;
    this.skip(bytes, lost);
    this.settle();
  }

  /** The rest of the stream is not of interest. */
  ignoreRest(): void {
    this.state = 'ignored';
    this.search.reset();
    this.collected.clear();
  }

  /** Reads on from boundaries found; a loop, so that many losses in a row do not nest. */
  private settle(): void {
    while (this.state === 'search') {
      const pieces = this.search.find(this.plausibility);
      if (pieces === undefined) {
        if (this.search.searchedBytes > maxSearchBytes) this.becomeForeign();
        return;
      }
      if (this.wrongBoundaries > maxWrongBoundaries) {
        this.becomeForeign();
        return;
      }
      this.startFrame();
      this.rereading = true;
      for (const piece of pieces) this.take(piece);
      this.rereading = false;
    }
  }

  private take(piece: Piece): void {
    if (piece.kind === 'gap') this.skip(piece.bytes, piece.lost);
    else this.read(piece.bytes, piece.time);
  }

  private read(bytes: Buffer, time: number): void {
    let offset = 0;
    while (offset < bytes.length) {
      switch (this.state) {
        case 'preface':
          offset = this.readPreface(bytes, offset);
          break;
        case 'header':
          offset = this.readHeader(bytes, offset, time);
          break;
        case 'payload':
          offset = this.readPayload(bytes, offset, time);
          break;
        case 'search':
          if (this.rereading) this.search.pushBack(bytes.subarray(offset), time);
          else this.search.push(bytes.subarray(offset), time, false);
          return;
        case 'ignored':
          return;
      }
    }
  }

  private readPreface(bytes: Buffer, offset: number): number {
    const count = Math.min(connectionPreface.length - this.headBytes, bytes.length - offset);
    if (
      bytes.compare(connectionPreface, this.headBytes, this.headBytes + count, offset, offset + count) !== 0
    ) {
      this.becomeForeign();
      return bytes.length;
    }
    this.headBytes += count;
    if (this.headBytes === connectionPreface.length) this.startFrame();
    return offset + count;
  }

  private startFrame(): void {
    this.state = 'header';
    this.headBytes = 0;
  }

  private readHeader(bytes: Buffer, offset: number, time: number): number {
    if (this.headBytes === 0) this.firstByteTime = time;
    const available = bytes.length - offset;
    if (this.headBytes === 0 && available >= frameHeaderBytes) {
      this.header = readFrameHeader(bytes, offset);
      if (!this.accepts(this.header)) {
        this.lose('malformed', 0);
        return offset + 1;
      }
      this.startPayload(time);
      return offset + frameHeaderBytes;
    }
    const count = Math.min(frameHeaderBytes - this.headBytes, available);
    bytes.copy(this.head, this.headBytes, offset, offset + count);
    this.headBytes += count;
    if (this.headBytes < frameHeaderBytes) return offset + count;
    this.header = readFrameHeader(this.head, 0);
    if (this.accepts(this.header)) this.startPayload(time);
    else {
      this.lose('malformed', 0);
      // The search goes on after the first octet of what was no frame header.
      this.search.push(this.head.subarray(1, frameHeaderBytes), this.firstByteTime, false);
    }
    return offset + count;
  }

  /** RFC 9113 §4.2: a larger frame is an error. Unknown types are legal (§4.1), but not where the boundary is a guess; pushed streams are (§8.4). */
  private accepts(header: FrameHeader): boolean {
    return this.boundariesProven
      ? header.length <= this.plausibility.maxFrameSize
      : isPlausible(header, this.plausibility, 'either');
  }

  private startPayload(time: number): void {
    this.state = 'payload';
    this.remaining = this.header.length;
    this.content = this.header.flags & 0x8 ? -1 : this.header.length;
    this.complete = true;
    this.lostBytes = 0;
    if (this.remaining === 0) this.endFrame(this.payload(), time);
  }

  private readPayload(bytes: Buffer, offset: number, time: number): number {
    const count = Math.min(this.remaining, bytes.length - offset);
    const end = offset + count;
    this.remaining -= count;
    if (this.header.type === frameType.data) this.readData(bytes, offset, end);
    else if (collectedTypes.has(this.header.type)) {
      if (
        this.remaining === 0 &&
        this.collected.length === 0 &&
        this.complete &&
        count <= maxHeaderBlockBytes
      ) {
        // Whole in one piece: no copy.
        this.endFrame(bytes.subarray(offset, end), time);
        return end;
      }
      if (this.complete && this.collected.append(bytes, offset, end) < count) this.complete = false;
    }
    if (this.remaining === 0) this.endFrame(this.payload(), time);
    return end;
  }

  /** RFC 9113 §6.1: [pad length] content [padding]. */
  private readData(bytes: Buffer, start: number, end: number): void {
    let from = start;
    if (this.content < 0) {
      // The pad length does not count as content; too much padding is an error, and no content.
      this.content = Math.max(0, this.header.length - 1 - (bytes[from] ?? 0));
      from++;
    }
    const count = Math.min(this.content, end - from);
    if (count > 0) this.handler.onData(this.header, bytes, from, from + count);
    this.content -= count;
  }

  private payload(): Buffer {
    return this.collected.length > 0 ? this.collected.view() : noBytes;
  }

  private endFrame(payload: Buffer, time: number): void {
    const { header, complete, lostBytes, firstByteTime } = this;
    this.startFrame();
    let sensible = true;
    if (header.type === frameType.data) this.handler.onDataEnd(header);
    else if (collectedTypes.has(header.type)) {
      sensible = this.handler.onFrame({
        header,
        payload,
        complete,
        lostBytes,
        firstByteTime,
        lastByteTime: time,
      });
    }
    if (this.collected.length > 0) this.collected.clear();
    if (!sensible) this.lose('malformed', 0);
  }

  private skip(bytes: number, lost: boolean): void {
    switch (this.state) {
      case 'ignored':
        return;
      case 'search':
        this.search.gap(bytes, lost);
        return;
      case 'payload':
        if (bytes <= this.remaining) {
          this.skipPayload(bytes, lost);
          return;
        }
        this.skipBeyond(bytes, lost);
        return;
      default:
        this.lose('gap', lost ? bytes : 0);
    }
  }

  /** The frame ends inside the hole, and so does what is known. */
  private skipBeyond(bytes: number, lost: boolean): void {
    const beyond = bytes - this.remaining;
    this.skipPayload(this.remaining, lost);
    this.lose('gap', lost ? beyond : 0);
  }

  private skipPayload(bytes: number, lost: boolean): void {
    this.remaining -= bytes;
    if (this.header.type === frameType.data) {
      this.handler.onDataGap(this.header, bytes, lost);
      this.content = Math.max(0, this.content - bytes);
    } else if (bytes > 0) {
      this.complete = false;
      if (lost) this.lostBytes += bytes;
    }
    if (this.remaining === 0) this.endFrame(this.payload(), this.firstByteTime);
  }

  private lose(cause: FrameLossCause, lostBytes: number): void {
    this.state = 'search';
    this.boundariesProven = false;
    this.headBytes = 0;
    this.search.reset();
    this.collected.clear();
    if (cause === 'malformed') this.wrongBoundaries++;
    this.handler.onLoss(cause, lostBytes);
  }

  private becomeForeign(): void {
    this.ignoreRest();
    this.handler.onForeign();
  }
}
