import { frameType, readFrameHeader } from '../../http/http2/frame-header.ts';
import { matchPreface } from '../../http/http2/preface.ts';
import type { Process } from '../../protocol/generated/mirror.ts';
import { Http1Streams } from './http1-streams.ts';
import { Http2Streams } from './http2-streams.ts';
import type { Deadlines, MessageStreams, MessageStreamsOptions, StreamPlace } from './message-streams.ts';

/**
 * Tells HTTP/1 from HTTP/2. A connection seen from its start says so with its first bytes: the client's preface, or the
 * SETTINGS frame of a server that speaks first (RFC 9113 §3.4). One joined in the middle is read as both until the
 * first message is found.
 */
export class ProtocolSwitch implements MessageStreams {
  private readonly options: MessageStreamsOptions;
  private chosen: MessageStreams | undefined;
  private candidates: readonly MessageStreams[] = [];
  /** First bytes of the client while they may still become the preface. */
  private start: Buffer = Buffer.alloc(0);
  private startTimeUs = 0;
  private startProcess: Process = { pid: 0, comm: '' };
  private startPlace: StreamPlace = { position: 0, otherPosition: 0 };
  /** What the server sent before the client said anything was left out. */
  private earlyGap: { bytes: number; lost: boolean; end: number } | undefined;

  constructor(options: MessageStreamsOptions) {
    this.options = {
      ...options,
      onUpgrade: streams => {
        this.chosen = streams;
      },
    };
    if (!options.fromStart) this.readAsBoth();
  }

  get retainedBytes(): number {
    if (this.chosen !== undefined) return this.chosen.retainedBytes;
    return this.candidates.reduce((sum, { retainedBytes }) => sum + retainedBytes, this.start.length);
  }

  requestBytes(bytes: Buffer, timeUs: number, process: Process, place: StreamPlace): void {
    if (this.chosen === undefined && this.candidates.length === 0) {
      const start = this.start.length === 0 ? bytes : Buffer.concat([this.start, bytes]);
      const match = matchPreface(start);
      if (match === 'incomplete') {
        this.hold(start, timeUs, process, place);
        return;
      }
      this.choose(match === 'http2');
    }
    this.each(streams => streams.requestBytes(bytes, timeUs, process, place));
  }

  responseBytes(bytes: Buffer, timeUs: number, place: StreamPlace): void {
    if (this.chosen === undefined && this.candidates.length === 0) this.choose(isServerPreface(bytes));
    this.each(streams => streams.responseBytes(bytes, timeUs, place));
  }

  requestGap(bytes: number, lost: boolean, end: number): void {
    if (this.chosen === undefined && this.candidates.length === 0) this.readAsBoth();
    this.each(streams => streams.requestGap(bytes, lost, end));
  }

  responseGap(bytes: number, lost: boolean, end: number): void {
    if (this.chosen !== undefined || this.candidates.length > 0)
      this.each(streams => streams.responseGap(bytes, lost, end));
    else
      this.earlyGap = {
        bytes: (this.earlyGap?.bytes ?? 0) + bytes,
        lost: lost || !!this.earlyGap?.lost,
        end,
      };
  }

  expire(deadlines: Deadlines): void {
    this.each(streams => streams.expire(deadlines));
  }

  close(): void {
    // What was held back is no preface.
    if (this.start.length > 0) this.choose(false);
    this.each(streams => streams.close());
  }

  private each(act: (streams: MessageStreams) => void): void {
    if (this.chosen !== undefined) {
      act(this.chosen);
      return;
    }
    for (const streams of this.candidates) {
      act(streams);
      // It was recognised by this very piece.
      if (this.chosen !== undefined) return;
    }
  }

  private hold(start: Buffer, timeUs: number, process: Process, place: StreamPlace): void {
    if (this.start.length === 0) {
      this.startTimeUs = timeUs;
      this.startProcess = process;
      this.startPlace = place;
    }
    this.start = Buffer.from(start);
  }

  private choose(http2: boolean): void {
    this.chosen = http2 ? new Http2Streams(this.options) : new Http1Streams(this.options);
    this.replay();
  }

  /** What came before the choice. */
  private replay(): void {
    const { start, earlyGap } = this;
    this.start = Buffer.alloc(0);
    this.earlyGap = undefined;
    if (earlyGap !== undefined)
      this.each(streams => streams.responseGap(earlyGap.bytes, earlyGap.lost, earlyGap.end));
    if (start.length > 0)
      this.each(streams => streams.requestBytes(start, this.startTimeUs, this.startProcess, this.startPlace));
  }

  private readAsBoth(): void {
    const join = (make: (options: MessageStreamsOptions) => MessageStreams): void => {
      const streams: MessageStreams = make({
        ...this.options,
        fromStart: false,
        onRecognised: () => {
          const others = this.candidates.filter(candidate => candidate !== streams);
          this.chosen = streams;
          this.candidates = [];
          for (const other of others) other.close();
        },
        onForeign: () => {
          if (this.chosen !== undefined) this.options.onForeign();
          else {
            this.candidates = this.candidates.filter(candidate => candidate !== streams);
            if (this.candidates.length === 0) this.options.onForeign();
          }
        },
      });
      this.candidates = [...this.candidates, streams];
    };
    join(options => new Http1Streams(options));
    join(options => new Http2Streams(options));
    this.replay();
  }
}

/** A SETTINGS frame on stream 0: what an HTTP/2 server sends first, and no HTTP/1 server. */
function isServerPreface(bytes: Buffer): boolean {
  if (bytes.length < 9) return false;
  const { type, stream, length, flags } = readFrameHeader(bytes, 0);
  return type === frameType.settings && stream === 0 && flags === 0 && length % 6 === 0;
}
