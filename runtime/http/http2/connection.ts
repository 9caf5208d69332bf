import { type HpackBlock, HpackDecoder } from '../hpack/decoder.ts';
import { type FrameHeader, frameFlag, frameType, type Plausibility } from './frame-header.ts';
import { type Frame, type FrameLossCause, FrameReader } from './frame-reader.ts';
import type { Direction, Http2Handler } from './handler.ts';
import { type HeaderBlock, HeaderBlockAssembler } from './header-block.ts';
import { initialMaxFrameSize } from './limits.ts';
import { HeaderTableBound, readSettings, readUpgradeSettings, type Settings } from './settings.ts';
import { StreamTable } from './streams.ts';

export interface Http2Options {
  /** Content bytes kept of each request. */
  readonly bodyBytes: number;
  /** False when the streams may start in mid-connection. */
  readonly fromStart: boolean;
  /**
   * The connection was HTTP/1.1 and switched by `Upgrade: h2c` (RFC 7540 §3.2): the value of the request's
   * HTTP2-Settings field. The response to that request is reported on stream 1, without a request.
   */
  readonly upgradeSettings?: string;
}

interface Side {
  readonly reader: FrameReader;
  readonly decoder: HpackDecoder;
  readonly blocks: HeaderBlockAssembler;
  /** What the other endpoint allows this one's encoder. */
  readonly tableBound: HeaderTableBound;
}

const maxStreamId = 2 ** 31 - 1;
/** Error code REFUSED_STREAM, RFC 9113 §7. */
const refusedStream = 0x7;
/** After a loss, streams this far beyond the highest one seen are still believed. */
const streamSlack = 2 ** 17;

/**
 * A passive HTTP/2 connection (RFC 9113): bytes of both directions in, requests and responses out. Bytes of one
 * direction come in stream order; a request's bytes before those of its response, as they pass the server's socket.
 * Never throws on input, and memory is bounded whatever comes; see ./README.md.
 */
export class Http2Connection {
  private readonly handler: Http2Handler;
  private readonly streams: StreamTable;
  private readonly sides: Readonly<Record<Direction, Side>>;
  private highestStream = 0;
  private ended = false;

  constructor(handler: Http2Handler, options: Http2Options) {
    this.handler = handler;
    this.streams = new StreamTable(handler, options.bodyBytes);
    this.sides = {
      request: this.side('request', options.fromStart ? 'preface' : 'middle'),
      response: this.side('response', options.fromStart ? 'frame' : 'middle'),
    };
    if (options.upgradeSettings !== undefined) {
      this.streams.openUpgraded();
      // RFC 7540 §3.2.1: in force as if acknowledged.
      this.applySettings('request', readUpgradeSettings(options.upgradeSettings));
      this.acknowledged('response');
    }
  }

  /** Frame boundaries of a direction are known: until then a connection joined late may not be HTTP/2 at all. */
  inStep(direction: Direction): boolean {
    return this.sides[direction].reader.inStep;
  }

  /** Bytes of memory held for what is under way; HPACK tables by the reckoning of RFC 7541 §4.1. */
  get retainedBytes(): number {
    const { request, response } = this.sides;
    return this.streams.retainedBytes + retained(request) + retained(response);
  }

  /**
   * The next bytes of one direction. They are copied where kept.
   *
   * @param startsFrame the capture knows that the first byte is the first of a frame header
   */
  push(direction: Direction, bytes: Buffer, time: number, startsFrame = false): void {
    const { reader } = this.sides[direction];
    if (startsFrame) reader.resume();
    reader.push(bytes, time);
  }

  /**
   * `bytes` bytes of one direction are missing here.
   *
   * @param lost false when they were left out on purpose (not counted as lost)
   */
  gap(direction: Direction, bytes: number, lost: boolean): void {
    this.sides[direction].reader.gap(bytes, lost);
  }

  /** The request of this stream has taken long enough: it is reported as far as it came; its response may still come. */
  cutRequest(stream: number): void {
    this.streams.cutRequest(stream);
  }

  /** The connection has ended; streams under way are reported as they are. */
  close(): void {
    if (this.ended) return;
    this.ended = true;
    for (const { reader } of Object.values(this.sides)) reader.ignoreRest();
    this.streams.close();
  }

  private side(direction: Direction, start: 'preface' | 'frame' | 'middle'): Side {
    const fromStart = start !== 'middle';
    const plausibility: Plausibility = { maxFrameSize: initialMaxFrameSize, maxStream: maxStreamId };
    const handler = {
      onFrame: (frame: Frame) => this.frame(direction, frame),
      onData: (header: FrameHeader, bytes: Buffer, from: number, to: number) => {
        if (direction === 'request') this.streams.requestData(header.stream, bytes, from, to);
      },
      onDataGap: (header: FrameHeader, bytes: number, lost: boolean) => {
        if (direction === 'request') this.streams.requestGap(header.stream, bytes, lost);
      },
      onDataEnd: (header: FrameHeader) => {
        if ((header.flags & frameFlag.endStream) === 0) return;
        if (direction === 'request') this.streams.endRequest(header.stream);
        else this.streams.closeResponse(header.stream);
      },
      onLoss: (cause: FrameLossCause, lostBytes: number) => this.lose(direction, cause, lostBytes),
      onForeign: () => {
        if (this.ended) return;
        this.close();
        this.handler.onForeign();
      },
    };
    return {
      reader: new FrameReader(handler, { start, plausibility }),
      decoder: new HpackDecoder({ fromStart }),
      blocks: new HeaderBlockAssembler(),
      tableBound: new HeaderTableBound(fromStart),
    };
  }

  private frame(direction: Direction, frame: Frame): boolean {
    const { header, payload, complete } = frame;
    switch (header.type) {
      case frameType.headers:
      case frameType.continuation:
      case frameType.pushPromise:
        return this.blockFrame(direction, frame);
      case frameType.settings:
        if (header.flags & frameFlag.ack) this.acknowledged(direction);
        else if (complete) this.applySettings(direction, readSettings(payload));
        else this.settingsLost(direction);
        return true;
      case frameType.resetStream:
        this.streams.reset(header.stream, direction === 'response', this.refuses(direction, payload));
        return true;
      case frameType.goAway:
        // A client's names streams of the server. A guess is not enough to leave requests out.
        if (direction === 'response' && payload.length >= 4 && this.sides.response.reader.proven) {
          this.streams.refuseAbove(payload.readUInt32BE(0) % 2 ** 31);
        }
        return true;
      default:
        return true;
    }
  }

  /** RST_STREAM of the server with REFUSED_STREAM, RFC 9113 §8.7. */
  private refuses(direction: Direction, payload: Buffer): boolean {
    if (direction === 'request' || payload.length < 4 || !this.sides.response.reader.proven) return false;
    return payload.readUInt32BE(0) === refusedStream;
  }

  private blockFrame(direction: Direction, frame: Frame): boolean {
    const { blocks, decoder } = this.sides[direction];
    const block = blocks.take(frame);
    if (block === 'open') return true;
    if (block === 'ignored') {
      decoder.forget();
      return true;
    }
    if (block !== 'invalid') return this.block(direction, block);
    blocks.cut();
    return this.broken(direction);
  }

  /** Blocks are decoded in the order of the stream, whatever becomes of them: each may change the table. */
  private block(direction: Direction, block: HeaderBlock): boolean {
    const { decoder, reader } = this.sides[direction];
    const decoded = decoder.decode(block.fragments);
    if (!block.complete) decoder.forget();
    if (decoded.error !== undefined && (block.complete || decoded.error.kind !== 'truncated')) {
      return this.broken(direction);
    }
    const sensible = this.message(direction, block, decoded);
    if (!sensible && reader.proven) this.handler.onLoss(direction, 'malformed');
    if (this.streams.highest !== this.highestStream) this.raiseStreamBound(this.streams.highest);
    return sensible || reader.proven;
  }

  /** Only boundaries that are searched are judged by it. */
  private raiseStreamBound(highest: number): void {
    this.highestStream = highest;
    const maxStream = Math.min(maxStreamId, highest + streamSlack);
    this.sides.request.reader.plausibility.maxStream = maxStream;
    this.sides.response.reader.plausibility.maxStream = maxStream;
  }

  private message(direction: Direction, block: HeaderBlock, decoded: HpackBlock): boolean {
    // Pushed requests are the server's own; their responses come on even streams (RFC 9113 §8.4).
    if (block.promise || block.stream % 2 === 0) return direction === 'response';
    return direction === 'request'
      ? this.streams.requestBlock(block, decoded)
      : this.streams.responseBlock(block, decoded);
  }

  /** A connection error to the endpoints. Where the boundary was a guess, it was wrong: the reader searches on. */
  private broken(direction: Direction): boolean {
    if (!this.sides[direction].reader.proven) return false;
    this.lose(direction, 'malformed', 0);
    return true;
  }

  /** `direction`'s endpoint states what it accepts: it binds the other direction. */
  private applySettings(direction: Direction, settings: Settings): void {
    const { reader, decoder, tableBound } = this.sides[other(direction)];
    tableBound.announce(settings.headerTableSize);
    decoder.limitCapacity(tableBound.bytes);
    const { plausibility } = reader;
    plausibility.maxFrameSize = Math.max(plausibility.maxFrameSize, settings.maxFrameSize ?? 0);
  }

  private acknowledged(direction: Direction): void {
    const { decoder, tableBound } = this.sides[direction];
    tableBound.acknowledge();
    decoder.limitCapacity(tableBound.bytes);
  }

  private settingsLost(direction: Direction): void {
    this.sides[other(direction)].reader.sizeKnown = false;
    for (const { decoder, tableBound } of Object.values(this.sides)) {
      tableBound.forget();
      decoder.limitCapacity(tableBound.bytes);
    }
  }

  private lose(direction: Direction, cause: FrameLossCause, lostBytes: number): void {
    const { blocks, decoder } = this.sides[direction];
    const cut = blocks.cut();
    if (cut !== undefined) this.block(direction, cut);
    decoder.forget();
    this.settingsLost(direction);
    if (direction === 'request') this.streams.requestLoss(lostBytes);
    this.handler.onLoss(direction, cause);
  }
}

function other(direction: Direction): Direction {
  return direction === 'request' ? 'response' : 'request';
}

function retained({ reader, decoder, blocks }: Side): number {
  return reader.retainedBytes + decoder.tableBytes + blocks.retainedBytes;
}
