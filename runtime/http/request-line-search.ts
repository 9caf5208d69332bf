import { ByteBuilder } from './byte-builder.ts';
import { CR, LF } from './http1-head.ts';
import { maxStartLineBytes } from './limits.ts';

const SP = 0x20;

/** RFC 9110 §9, RFC 5789, WebDAV (RFC 4918, 3253, 5323), QUERY. Longer names first: UNLOCK before LOCK. */
const knownMethods = [
  'PROPPATCH',
  'PROPFIND',
  'CONNECT',
  'OPTIONS',
  'DELETE',
  'UNLOCK',
  'REPORT',
  'SEARCH',
  'PATCH',
  'TRACE',
  'MKCOL',
  'QUERY',
  'HEAD',
  'POST',
  'COPY',
  'MOVE',
  'LOCK',
  'GET',
  'PUT',
].map(method => Buffer.from(method));

/**
 * Finds the next plausible request line after bytes were lost: a known method, one target without white space and
 * `HTTP/1.x`, ended by a line end. It need not start a line: the body before it may lack a final line end.
 */
export class RequestLineSearch {
  private readonly line = new ByteBuilder(2 * maxStartLineBytes);
  private searched = 0;

  /** Bytes searched since the last reset. */
  get searchedBytes(): number {
    return this.searched;
  }

  /** Bytes of memory held. */
  get retainedBytes(): number {
    return this.line.capacity;
  }

  reset(): void {
    this.line.clear();
    this.searched = 0;
  }

  /** Bytes are missing here: a line does not continue across them. */
  breakLine(): void {
    this.line.clear();
  }

  /** Searches bytes from `offset`. `found` is the request line with its line end; `offset` is after what was read. */
  feed(bytes: Buffer, offset: number): { found: Buffer | undefined; offset: number } {
    let start = offset;
    for (;;) {
      const lf = bytes.indexOf(LF, start);
      if (lf < 0) break;
      const end = lf + 1;
      this.searched += end - start;
      const line = this.line.length === 0 ? bytes.subarray(start, end) : this.completed(bytes, start, end);
      const found = requestLineAtEnd(line);
      if (found !== undefined) {
        const owned = Buffer.from(found);
        this.line.clear();
        return { found: owned, offset: end };
      }
      this.line.clear();
      start = end;
    }
    this.searched += bytes.length - start;
    this.keep(bytes, start, bytes.length);
    return { found: undefined, offset: bytes.length };
  }

  private completed(bytes: Buffer, start: number, end: number): Buffer {
    this.keep(bytes, start, end);
    return this.line.view();
  }

  /** Only the last 32 KiB of a line can be a request line of allowed length. */
  private keep(bytes: Buffer, start: number, end: number): void {
    const from = Math.max(start, end - maxStartLineBytes);
    if (this.line.length + (end - from) > this.line.limit) this.line.keepLast(maxStartLineBytes);
    this.line.append(bytes, from, end);
  }
}

/** The request line that line (ended by LF) ends with. */
function requestLineAtEnd(line: Buffer): Buffer | undefined {
  let end = line.length - 1;
  if (line[end - 1] === CR) end--;
  const versionStart = end - 8;
  if (versionStart < 0 || line.toString('latin1', versionStart, end - 1) !== 'HTTP/1.') return undefined;
  const digit = line[end - 1];
  if ((digit !== 0x30 && digit !== 0x31) || line[versionStart - 1] !== SP) return undefined;
  const beforeTarget = line.lastIndexOf(SP, versionStart - 2);
  if (beforeTarget < 0 || beforeTarget === versionStart - 2) return undefined;
  for (const method of knownMethods) {
    const start = beforeTarget - method.length;
    if (start >= 0 && method.equals(line.subarray(start, beforeTarget))) {
      return line.length - start > maxStartLineBytes + 2 ? undefined : line.subarray(start);
    }
  }
  return undefined;
}
