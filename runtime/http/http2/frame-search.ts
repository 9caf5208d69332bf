import {
  canFollow,
  type FrameHeader,
  frameHeaderBytes,
  frameType,
  isPlausible,
  type Plausibility,
  readFrameHeader,
} from './frame-header.ts';
import { maxSearchSpanBytes } from './limits.ts';

/** A piece of a stream: bytes with the time they came at, or a hole. */
export type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly time: number }
  | { readonly kind: 'gap'; readonly bytes: number; readonly lost: boolean };

interface Held {
  readonly start: number;
  readonly end: number;
  readonly piece: Piece;
  /** The memory behind the bytes when more of it may be used by what follows. */
  readonly room: Buffer | undefined;
  /** Bytes of memory. */
  readonly memory: number;
}

type Verdict = 'boundary' | 'no' | 'more';

const headersInRow = 3;
const chunkBytes = 4096;
/** Pieces held; a stream with more holes than that in one frame is not worth following. */
const maxPieces = 4096;

/**
 * Finds a frame boundary in a stream joined in the middle, or after a loss: an offset where three plausible frame
 * headers follow each other, each where the one before says. Two or one suffice when the row starts where a piece
 * of the stream starts and ends exactly where the stream ends so far: senders write whole frames, and a lone request
 * should not wait for the next one. A hole inside a DATA payload does not break a row.
 */
export class FrameSearch {
  private held: Held[] = [];
  private candidate = 0;
  private end = 0;
  /** Starts of pieces as they were captured: where a sender's write may have begun. */
  private starts = new Set<number>();
  private lastStart = 0;
  /** Bytes looked at since the search began. */
  searchedBytes = 0;

  /** Bytes of memory held. */
  retainedBytes = 0;

  reset(): void {
    this.retainedBytes = 0;
    this.held = [];
    this.starts.clear();
    this.lastStart = 0;
    this.candidate = 0;
    this.end = 0;
    this.searchedBytes = 0;
  }

  /**
   * The next bytes of the stream; copied.
   *
   * @param captured they are a piece as it was captured, not the rest of one
   */
  push(bytes: Buffer, time: number, captured: boolean): void {
    if (captured) {
      this.starts.add(this.end);
      this.lastStart = this.end;
    }
    this.searchedBytes += bytes.length;
    const last = this.held.at(-1);
    if (last?.room !== undefined && last.piece.kind === 'bytes') {
      // Small pieces share memory; the time of the first one stands for all.
      const used = last.piece.bytes.length;
      if (used + bytes.length <= last.room.length) {
        bytes.copy(last.room, used);
        const joined = last.room.subarray(0, used + bytes.length);
        const end = this.end + bytes.length;
        this.held[this.held.length - 1] = { ...last, end, piece: { ...last.piece, bytes: joined } };
        this.end = end;
        return;
      }
    }
    const room = Buffer.allocUnsafeSlow(
      last?.piece.kind === 'gap' ? bytes.length : Math.max(chunkBytes, bytes.length),
    );
    bytes.copy(room);
    this.hold({ kind: 'bytes', bytes: room.subarray(0, bytes.length), time }, bytes.length, room);
  }

  /** Bytes that an earlier search gave out: not copied again, so that many searches in a row stay linear. */
  pushBack(bytes: Buffer, time: number): void {
    this.searchedBytes += bytes.length;
    this.hold({ kind: 'bytes', bytes, time }, bytes.length, undefined);
  }

  gap(bytes: number, lost: boolean): void {
    this.hold({ kind: 'gap', bytes, lost }, bytes, undefined);
  }

  /** What follows from the first frame boundary on, in order; undefined when none is found yet. */
  find(plausibility: Plausibility): Piece[] | undefined {
    while (this.candidate < this.end) {
      const verdict = this.judge(this.candidate, plausibility);
      if (verdict === 'boundary') return this.takeFrom(this.candidate);
      if (verdict === 'more') {
        // A chance likeness may wait for bytes that never come; a write that is frames from end to end need not.
        if (this.lastStart > this.candidate && this.judge(this.lastStart, plausibility) === 'boundary') {
          return this.takeFrom(this.lastStart);
        }
        break;
      }
      this.candidate = this.nextCandidate(this.candidate + 1, plausibility);
    }
    this.dropBefore(this.candidate);
    return undefined;
  }

  /** Skips offsets that the length's first octet or the type refutes, within one piece. */
  private nextCandidate(from: number, { maxFrameSize }: Plausibility): number {
    const held = this.held[this.indexAt(from)];
    if (held === undefined) return from;
    if (held.piece.kind === 'gap') return held.end;
    const { bytes } = held.piece;
    const maxHigh = maxFrameSize >> 16;
    let inside = from - held.start;
    for (; inside < bytes.length; inside++) {
      // Beyond the piece's end the comparison with undefined is false.
      if ((bytes[inside] as number) <= maxHigh && !((bytes[inside + 3] as number) > frameType.priorityUpdate))
        break;
    }
    return held.start + inside;
  }

  private hold(piece: Piece, length: number, room: Buffer | undefined): void {
    const memory = room?.length ?? (piece.kind === 'bytes' ? length : 0);
    this.held.push({ start: this.end, end: this.end + length, piece, room, memory });
    this.end += length;
    this.retainedBytes += memory;
    if (this.held.length > maxPieces) {
      this.candidate = this.end;
      this.dropBefore(this.end);
    }
  }

  private judge(offset: number, plausibility: Plausibility): Verdict {
    let position = offset;
    let previous: FrameHeader | undefined;
    for (let found = 0; found < headersInRow; found++) {
      if (position - offset > maxSearchSpanBytes) return 'no';
      if (position === this.end && found > 0) return this.starts.has(offset) ? 'boundary' : 'more';
      const header = this.headerAt(position, plausibility);
      if (header === 'no' || header === 'more') return header;
      if (!isPlausible(header, plausibility)) return 'no';
      if (previous !== undefined && !canFollow(previous, header)) return 'no';
      const next = position + frameHeaderBytes + header.length;
      if (header.type !== frameType.data && this.hasHole(position + frameHeaderBytes, next)) return 'no';
      position = next;
      previous = header;
    }
    return 'boundary';
  }

  private headerAt(position: number, { maxFrameSize }: Plausibility): FrameHeader | 'no' | 'more' {
    const index = this.indexAt(position);
    if (index < 0) return 'more';
    const held = this.held[index] as Held;
    if (held.piece.kind === 'gap') return 'no';
    const { bytes } = held.piece;
    const inside = position - held.start;
    if ((bytes[inside] as number) > maxFrameSize >> 16) return 'no';
    if (inside + frameHeaderBytes <= bytes.length) return readFrameHeader(bytes, inside);
    const joined = Buffer.allocUnsafe(frameHeaderBytes);
    let filled = bytes.copy(joined, 0, inside);
    for (let next = index + 1; filled < frameHeaderBytes; next++) {
      const piece = this.held[next]?.piece;
      if (piece === undefined) return 'more';
      if (piece.kind === 'gap') return 'no';
      filled += piece.bytes.copy(joined, filled);
    }
    return readFrameHeader(joined, 0);
  }

  /** The held piece with this position; -1 when it lies beyond the end. */
  private indexAt(position: number): number {
    return this.held.findIndex(({ start, end }) => position >= start && position < end);
  }

  private hasHole(from: number, to: number): boolean {
    return this.held.some(({ piece, start, end }) => piece.kind === 'gap' && start < to && end > from);
  }

  private takeFrom(offset: number): Piece[] {
    this.dropBefore(offset);
    const pieces = this.held.map(({ piece, start }): Piece => {
      const skip = Math.max(0, offset - start);
      if (skip === 0) return piece;
      return piece.kind === 'gap'
        ? { ...piece, bytes: piece.bytes - skip }
        : { ...piece, bytes: piece.bytes.subarray(skip) };
    });
    this.reset();
    return pieces;
  }

  private dropBefore(offset: number): void {
    const keep = this.held.findIndex(({ end }) => end > offset);
    for (const { memory } of this.held.splice(0, keep < 0 ? this.held.length : keep)) {
      this.retainedBytes -= memory;
    }
    this.trimFirst(offset);
    for (const start of this.starts) {
      if (start >= offset) break;
      this.starts.delete(start);
    }
  }

  /** A large piece of which little is left is not worth its memory. */
  private trimFirst(offset: number): void {
    const [first] = this.held;
    if (first?.piece.kind !== 'bytes' || first.memory <= 4 * chunkBytes) return;
    const rest = first.end - offset;
    if (rest > first.memory / 4) return;
    const bytes = Buffer.from(first.piece.bytes.subarray(offset - first.start));
    this.held[0] = {
      ...first,
      start: offset,
      piece: { ...first.piece, bytes },
      room: undefined,
      memory: rest,
    };
    this.retainedBytes -= first.memory - rest;
  }
}
