import { ByteBuilder, copyOf } from './byte-builder.ts';
import { CR, LF } from './http1-head.ts';
import { maxHeadBytes, maxStartLineBytes } from './limits.ts';

const appendStepBytes = 1024;

/**
 * Gathers one head: everything up to and including the first empty line. Usually it lies in one piece, which is
 * then copied once; otherwise at most 64 KiB are kept until it is complete.
 */
export class HeadCollector {
  private readonly kept = new ByteBuilder(maxHeadBytes);
  /** Offsets from the start of the head. */
  private lineStart = 0;
  private scanned = 0;
  /** Offset after the start line's LF; 0 while it has not come. */
  private startLineEnd = 0;
  private completeHead: Buffer | undefined;
  private overflowed = false;

  /** Nothing of a head has been gathered. */
  get empty(): boolean {
    return this.kept.length === 0;
  }

  /** The head, once its empty line has come. Owned by the caller; it ends with that empty line. */
  get head(): Buffer | undefined {
    return this.completeHead;
  }

  /** No empty line within the first 64 KiB. */
  get tooLarge(): boolean {
    return this.overflowed;
  }

  /** Bytes of memory held. */
  get retainedBytes(): number {
    return this.kept.capacity;
  }

  /** The bytes gathered of a head that is not complete; shared, valid until the next feed or reset. */
  get bytes(): Buffer {
    return this.kept.view();
  }

  /**
   * Looks at the start line, which may continue in bytes from `offset`, without consuming anything. Gives its
   * content without the line end, or why there is none yet.
   */
  peekStartLine(bytes: Buffer, offset: number): Buffer | 'incomplete' | 'too-long' {
    const lf = bytes.indexOf(LF, offset);
    const end = lf < 0 ? bytes.length : lf + 1;
    if (this.kept.length + end - offset > maxStartLineBytes + 2) return 'too-long';
    if (lf < 0) return 'incomplete';
    const rest = bytes.subarray(offset, lf);
    const line = this.kept.length === 0 ? rest : Buffer.concat([this.kept.view(), rest]);
    return line[line.length - 1] === CR ? line.subarray(0, -1) : line;
  }

  /** The first bytes of the head, at most `count`, which may continue in bytes from `offset`. */
  peek(bytes: Buffer, offset: number, count: number): Buffer {
    if (this.kept.length >= count) return this.kept.view().subarray(0, count);
    const rest = bytes.subarray(offset, offset + count - this.kept.length);
    return this.kept.length === 0 ? rest : Buffer.concat([this.kept.view(), rest]);
  }

  /** Offset of the first header line. */
  get fieldsStart(): number {
    return this.startLineEnd;
  }

  reset(): void {
    this.kept.clear();
    this.lineStart = 0;
    this.scanned = 0;
    this.startLineEnd = 0;
    this.completeHead = undefined;
    this.overflowed = false;
  }

  /** Consumes bytes from `offset` up to the end of the head or of the bytes; returns the offset after them. */
  feed(bytes: Buffer, offset: number): number {
    if (this.kept.length === 0) {
      const end = this.scan(bytes, offset, bytes.length);
      if (end > 0) {
        this.completeHead = copyOf(bytes, offset, offset + end);
        return offset + end;
      }
      return offset + this.kept.append(bytes, offset, bytes.length);
    }
    // In steps, because what follows this head in `bytes` should not be copied.
    for (let next = offset; ; ) {
      const before = this.kept.length;
      const appended = this.kept.append(bytes, next, Math.min(bytes.length, next + appendStepBytes));
      const gathered = this.kept.view();
      const end = this.scan(gathered, 0, gathered.length);
      if (end > 0) {
        this.completeHead = copyOf(gathered, 0, end);
        this.kept.clear();
        return next + end - before;
      }
      next += appended;
      if (appended === 0 || next === bytes.length) return next;
    }
  }

  /** Length of the head in bytes[base, end) when its empty line is there, else 0. */
  private scan(bytes: Buffer, base: number, end: number): number {
    const limit = Math.min(end, base + maxHeadBytes);
    for (let index = base + this.scanned; index < limit; index++) {
      if (bytes[index] !== LF) continue;
      const length = index - base - this.lineStart;
      if (length === 0 || (length === 1 && bytes[index - 1] === CR)) return index + 1 - base;
      this.lineStart = index + 1 - base;
      if (this.startLineEnd === 0) this.startLineEnd = this.lineStart;
    }
    this.scanned = limit - base;
    if (this.scanned === maxHeadBytes) this.overflowed = true;
    return 0;
  }
}
