import type { CaptureEvent, GapReason } from '../../../../runtime/agent/capture/event.ts';
import { Script } from './events.ts';
import { framingOf, HeadWalk } from './http1-head-model.ts';

type Direction = 'request' | 'response';

/** What the model asks of chance. */
export interface Chance {
  /** True with a probability of one in `n`. */
  oneIn(n: number): boolean;
}

const unitBytes = 2048;
const headBudgetBytes = 16_384;
const maxOuterBodies = 4;
/** Of a first chunk that is guessed. */
const sizeDigits = 12;
/** Of what can be taken for a status line. */
const statusLineStart = 12;

type ChunkStep = 'size' | 'blank' | 'extension' | 'data-end' | 'line-feed' | 'trailer-start' | 'trailer';

/**
 * What the programs let through of an HTTP/1 connection (bpf/include/http1.h and http1-walk.h, bpf/README.md "What is there of a
 * response"): requests whole, of responses what starts like a head where one can be. A gap is told before the next record
 * of its stream; records get lost when the rings are full.
 */
export class Http1Kernel {
  readonly events: CaptureEvent[];
  /** One record in so many is lost; 0: none. */
  lossOneIn = 0;
  private readonly script = new Script();
  private readonly chance: Chance;
  private readonly pending: Record<Direction, { bytes: number; reason: GapReason }> = {
    request: { bytes: 0, reason: 'not-copied' },
    response: { bytes: 0, reason: 'not-copied' },
  };
  private readonly position = { request: 0, response: 0 };
  private phase: 'expect' | 'head' | 'body' | 'chunk-line' = 'expect';
  /** Bytes left of the body or chunk; Infinity: not known. */
  private bodyLeft = 0;
  private inChunk = false;
  private fresh = false;
  private tracked = false;
  private guessed = false;
  private ended = false;
  /** Where bodies of known extent end in which something looked like a head. */
  private outerEnds: number[] = [];
  private step: ChunkStep = 'size';
  private digits = '';
  private walk: HeadWalk | undefined;
  private interim = false;
  private readHead = false;
  private headBudget = 0;
  /** The ring was found full where the head that is walked through now was looked for. */
  private alreadyFull = false;
  private answered = false;
  private pipelined = false;
  private responseDue = false;
  /** Every head since the last one that was delivered is known; up to the one being read. */
  private chained = false;
  private chainedBefore = false;
  private headTold: 'untold' | 'told' | 'lost' = 'told';
  private headsLost = 0;
  /** Position of the response stream when request bytes were lost last. */
  private requestLostAt: number | undefined;

  constructor(chance: Chance) {
    this.chance = chance;
    this.events = [this.script.open()];
  }

  /** One call of the server that reads. */
  receive(text: string): void {
    const underWay =
      this.phase !== 'expect' && (this.phase !== 'body' || this.bodyLeft !== Number.POSITIVE_INFINITY);
    const again = this.responseDue || underWay;
    this.responseDue = true;
    this.copyRequest(text, unit => {
      if (again && /^[A-Z]{3}/.test(unit)) this.pipelined = true;
    });
  }

  /** One call of the server that writes; several segments: a vectored one. */
  send(...segments: readonly string[]): void {
    let callStarts = true;
    for (const segment of segments) {
      if (segment === '') continue;
      this.expectHead(segment, callStarts);
      for (let rest = segment; rest !== ''; ) rest = rest.slice(this.pass(rest));
      callStarts = false;
    }
  }

  close(): void {
    this.flush('request');
    this.flush('response');
    this.events.push(this.script.close());
  }

  private expectHead(text: string, callStarts: boolean): void {
    const unknown = this.bodyLeft === Number.POSITIVE_INFINITY;
    if (this.phase === 'body' && !this.inChunk) {
      if (unknown && callStarts && this.responseDue) this.phase = 'expect';
      else if (callStarts || unknown) this.startHead(text);
    } else if (
      this.guessed &&
      callStarts &&
      this.responseDue &&
      text.length >= statusLineStart &&
      (this.inChunk || this.phase === 'chunk-line')
    )
      this.startHead(text);
  }

  private pass(rest: string): number {
    let text = rest;
    if (this.outerEnds.length > 0) text = this.withinOuter(text);
    if (this.phase === 'body' && this.fresh) {
      this.startHead(text);
      return 0;
    }
    let length: number;
    if (this.phase === 'body') {
      length = Math.min(this.bodyLeft, text.length);
      this.bodyPasses(length);
      this.miss('response', length, 'not-copied');
    } else if (this.phase === 'chunk-line') {
      length = this.walkChunks(text);
      if (length > 0) this.miss('response', length, 'not-copied');
    } else if (this.phase === 'head' && this.walk !== undefined)
      length = this.copyWalkedHead(text, this.walk);
    else length = this.copyHeadStart(text.slice(0, unitBytes));
    return length;
  }

  private withinOuter(bytes: string): string {
    const position = this.position.response;
    const ends = this.outerEnds.includes(position);
    this.outerEnds = this.outerEnds.filter(end => end > position);
    const text = bytes.slice(0, Math.min(...this.outerEnds) - position);
    if (!ends) return text;
    const { phase } = this;
    if (phase === 'head' && text.length < statusLineStart) return text;
    this.phase = 'expect';
    this.chained = false;
    if (!this.startHead(text)) this.phase = phase;
    return text;
  }

  private loseTrack(): void {
    this.phase = 'body';
    this.bodyLeft = Number.POSITIVE_INFINITY;
    this.inChunk = false;
    this.tracked = false;
    this.ended = false;
    this.fresh = false;
    this.chained = false;
  }

  private bodyPasses(length: number): void {
    this.fresh = false;
    this.bodyLeft -= length;
    if (this.bodyLeft > 0) return;
    this.phase = this.inChunk ? 'chunk-line' : 'expect';
    this.step = 'data-end';
    this.inChunk = false;
  }

  private beginsHead(text: string): boolean {
    const start = 'HTTP/1.';
    if (!text.startsWith(start.slice(0, text.length))) return false;
    if (text.length >= 12 && !/^HTTP\/1\.. [1-9][0-9][0-9]/s.test(text)) return false;
    if (!this.responseDue && !this.interim) this.pipelined = true;
    this.readHead = this.pipelined || !this.answered;
    this.phase = 'head';
    this.walk = undefined;
    this.chainedBefore = this.chained || this.position.response === 0;
    this.chained = true;
    this.headTold = 'untold';
    this.responseDue = false;
    this.headBudget = headBudgetBytes;
    this.tracked = false;
    this.interim = text.length >= 12 && text[9] === '1' && text.slice(9, 12) !== '101';
    return true;
  }

  private startHead(text: string): boolean {
    const counted = this.phase === 'body' && this.bodyLeft !== Number.POSITIVE_INFINITY && !this.inChunk;
    if (this.beginsHead(text)) {
      this.inChunk = false;
      this.fresh = false;
      if (counted) this.chainedBefore = false;
      if (counted && this.outerEnds.length < maxOuterBodies)
        this.outerEnds.push(this.position.response + this.bodyLeft);
      return true;
    }
    const size = /^[0-9a-f]+/i.exec(text.slice(0, sizeDigits))?.[0].length ?? 0;
    const after = text[size];
    const chunks = size > 0 && size < sizeDigits && (after === undefined || '\r\n\t ;'.includes(after));
    const guess = this.fresh && this.phase === 'body' && !counted && chunks;
    this.fresh = false;
    if (guess) {
      this.beginChunks();
      this.guessed = true;
    }
    return false;
  }

  private beginChunks(): void {
    this.phase = 'chunk-line';
    this.step = 'size';
    this.digits = '';
    this.inChunk = false;
    this.tracked = true;
  }

  /** @param head undefined: it was not read */
  private endHead(head: string, read: boolean): void {
    this.inChunk = false;
    this.tracked = false;
    this.guessed = false;
    this.fresh = true;
    this.phase = 'body';
    this.bodyLeft = Number.POSITIVE_INFINITY;
    const status = Number(head.slice(9, 12));
    this.interim = status < 200 && status !== 101;
    this.answered ||= !this.interim;
    const framing = read ? framingOf(head) : 'unknown';
    if (status < 200 || status === 204 || status === 304) this.bodyLeft = 0;
    else if (framing === 'chunked') this.beginChunks();
    else if (framing !== 'unknown') this.bodyLeft = framing;
    if (this.bodyLeft === 0) this.phase = 'expect';
    else if (this.phase === 'body' && this.bodyLeft === Number.POSITIVE_INFINITY) this.chained = false;
  }

  private copyHeadStart(text: string): number {
    const full = this.full();
    if (full && this.phase === 'expect') this.startHead(text);
    if (full && this.phase === 'head') {
      this.walk = new HeadWalk();
      this.alreadyFull = true;
      return 0;
    }
    if (this.phase === 'expect' && (full || !this.beginsHead(text))) {
      const { fresh } = this;
      this.loseTrack();
      this.fresh = fresh;
      return 0;
    }
    if (!this.readHead && !this.interim && text.length >= 12 && text.endsWith('\r\n\r\n')) {
      this.copyResponse(text);
      this.headBudget -= text.length;
      this.endHead(text, false);
      return text.length;
    }
    const walk = new HeadWalk();
    const length = walk.read(text);
    if (walk.state !== 'ended') {
      this.walk = new HeadWalk();
      return 0;
    }
    this.copyResponse(text.slice(0, length));
    this.endHead(walk.text, true);
    return length;
  }

  private copyWalkedHead(text: string, walk: HeadWalk): number {
    const unit = text.slice(0, unitBytes);
    if (unit.length > this.headBudget) {
      this.loseTrack();
      return 0;
    }
    const length = walk.read(unit);
    this.headBudget -= length;
    if (length > 0) {
      const lost = this.alreadyFull || this.full();
      this.alreadyFull = false;
      if (lost) this.miss('response', length, 'ring-full');
      else this.copyResponse(unit.slice(0, length));
      if (walk.state === 'ended') this.endHead(walk.text, true);
      if (this.headTold === 'untold') this.headTold = 'lost';
      if (lost || this.headTold === 'lost') this.tracked = false;
      if (walk.state !== 'reading' && this.headTold === 'lost') {
        this.chained &&= this.chainedBefore;
        if (!this.interim) this.headsLost++;
      }
    }
    if (walk.state === 'broken') this.loseTrack();
    return length;
  }

  private walkChunks(text: string): number {
    for (let index = 0; index < text.length; ) {
      if (this.phase === 'body') {
        if (this.bodyLeft > text.length - index) return index;
        index += this.bodyLeft;
        this.bodyPasses(this.bodyLeft);
        continue;
      }
      const fresh = this.fresh || this.guessed;
      this.fresh = false;
      const byte = text[index] ?? '';
      if (!this.chunkByte(byte)) {
        this.loseTrack();
        if (fresh && byte === 'H') this.phase = 'expect';
        return index;
      }
      index++;
      if ((this.phase as string) === 'expect') return index;
    }
    return text.length;
  }

  private chunkByte(byte: string): boolean {
    switch (this.step) {
      case 'size':
        if (/[0-9a-f]/i.test(byte)) {
          this.digits += byte;
          return Number.parseInt(this.digits, 16) < 2 ** 48;
        }
        if (this.digits === '') return false;
        this.step = 'blank';
        return this.chunkByte(byte);
      case 'blank':
        if (byte === '\n') this.sizeRead();
        else if (byte === ';') this.step = 'extension';
        return '\n\r\t ;'.includes(byte);
      case 'extension':
        if (byte === '\n') this.sizeRead();
        return true;
      case 'data-end':
        if (byte === '\r') {
          this.step = 'line-feed';
          return true;
        }
        return this.chunkDone(byte);
      case 'line-feed':
        return this.chunkDone(byte);
      case 'trailer-start':
        if (byte === '\n') {
          this.phase = 'expect';
          this.ended = this.tracked;
        } else if (byte !== '\r') this.step = 'trailer';
        return true;
      case 'trailer':
        if (byte === '\n') this.step = 'trailer-start';
        return true;
    }
  }

  private chunkDone(byte: string): boolean {
    this.guessed = false;
    this.step = 'size';
    this.digits = '';
    return byte === '\n';
  }

  private sizeRead(): void {
    const size = Number.parseInt(this.digits, 16);
    if (size === 0) this.step = 'trailer-start';
    else {
      this.phase = 'body';
      this.bodyLeft = size;
      this.inChunk = true;
    }
  }

  private full(): boolean {
    return this.lossOneIn > 0 && this.chance.oneIn(this.lossOneIn);
  }

  private copyResponse(text: string): void {
    const gap = this.pending.response.bytes > 0;
    this.flush('response');
    let event = { ...this.script.response(text), otherPosition: this.position.request };
    if (this.ended) event = { ...event, chunked: 'ended' };
    if (this.headTold === 'untold') {
      if (this.chainedBefore && gap) event = { ...event, headsLost: this.headsLost };
      this.headTold = 'told';
      this.headsLost = 0;
    }
    this.events.push(event);
    this.ended = false;
    this.position.response += text.length;
  }

  private copyRequest(text: string, copied: (unit: string) => void): void {
    for (let at = 0; at < text.length; at += unitBytes) {
      const unit = text.slice(at, at + unitBytes);
      if (this.full()) {
        this.miss('request', unit.length, 'ring-full');
        continue;
      }
      this.flush('request');
      let event = { ...this.script.request(unit), otherPosition: this.position.response };
      if (this.ended) event = { ...event, chunked: 'ended' };
      else if (this.tracked) event = { ...event, chunked: 'goes-on' };
      if (this.requestLostAt === this.position.response) event = { ...event, behindLoss: true };
      this.events.push(event);
      this.position.request += unit.length;
      copied(unit);
    }
  }

  private miss(direction: Direction, bytes: number, reason: GapReason): void {
    const pending = this.pending[direction];
    if (pending.reason !== reason) this.flush(direction);
    pending.bytes += bytes;
    pending.reason = reason;
    this.position[direction] += bytes;
    if (direction === 'request') this.requestLostAt = this.position.response;
  }

  private flush(direction: Direction): void {
    const { bytes, reason } = this.pending[direction];
    if (bytes > 0) this.events.push(this.script.gap(direction, bytes, reason));
    this.pending[direction].bytes = 0;
  }
}
