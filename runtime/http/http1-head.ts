import { isName, RawFields } from './header-fields.ts';
import { maxHeadBytes, maxHeaderFields, maxStartLineBytes } from './limits.ts';
import { targetText } from './target-text.ts';

export interface HeaderSection {
  readonly fields: RawFields;
  /** Offset after the empty line that ends the section; after the last line when there is none. */
  readonly end: number;
  /** Fields beyond the limit of 200: not kept. */
  readonly fieldsDropped: number;
  /** Values of Content-Length and Transfer-Encoding, wherever they stand in the section. */
  readonly contentLengths: readonly string[];
  readonly transferEncodings: readonly string[];
}

export interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** HTTP/1.x: x. Of another version 0 or 1: which of them servers that answer take it for. */
  readonly minorVersion: number;
}

export interface StatusLine {
  /** HTTP/1.x: x. */
  readonly minorVersion: number;
  /** 100–999. */
  readonly status: number;
}

export const LF = 0x0a;
export const CR = 0x0d;
const SP = 0x20;
const HTAB = 0x09;
const COLON = 0x3a;

const versionStart = Buffer.from('HTTP/1.');

const tokenCharacters = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenCharacters[character.charCodeAt(0)] = 1;
}

/** token character, RFC 9110 §5.6.2. */
export function isTokenCharacter(byte: number | undefined): boolean {
  return byte !== undefined && tokenCharacters[byte] === 1;
}

/** Index just after the line end in head[start, end), or -1. A bare LF ends a line too (RFC 9112 §2.2). */
export function endOfLine(head: Buffer, start: number, end: number): number {
  for (let index = start; index < end; index++) if (head[index] === LF) return index + 1;
  return -1;
}

/** End of the line's content, given the index after its LF. */
export function contentEnd(head: Buffer, start: number, afterLine: number): number {
  const end = afterLine - 1;
  return end > start && head[end - 1] === CR ? end - 1 : end;
}

/** White space within a line. */
export function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HTAB;
}

/** `HTTP/1.x` in line[start, end): x, else undefined (RFC 9112 §2.3). */
function minorVersion(line: Buffer, start: number, end: number): number | undefined {
  if (end - start !== 8) return undefined;
  for (let index = 0; index < 7; index++) if (line[start + index] !== versionStart[index]) return undefined;
  const digit = (line[end - 1] ?? 0) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : undefined;
}

/** Octets of `HTTP/` and both numbers: more are not read as a version. */
const maxVersionBytes = 32;

/**
 * A version at the end of line[start, end) that only some servers answer, such as `HTTP/1.10`, `HTTP/2.0` (Apache, haproxy) or
 * `http/1.1` (Jetty), and where it begins.
 */
function strangeVersion(
  line: Buffer,
  start: number,
  end: number,
): { minorVersion: number; start: number } | undefined {
  const bound = Math.max(start, end - maxVersionBytes);
  let at = end;
  while (at > bound && !isBlank(line[at - 1])) at--;
  const numbers = /^HTTP\/([0-9]+)\.([0-9]+)$/i.exec(line.toString('latin1', at, end));
  if (numbers === null) return undefined;
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
  return { minorVersion: major > 1 || (major === 1 && minor > 0) ? 1 : 0, start: at };
}

/**
 * Request line in line[start, end), RFC 9112 §3: method SP request-target SP HTTP-version. White space inside
 * the target is kept: servers differ on it, and an attack may live there. As lenient as servers are: other white space, also before
 * the method (CPython, Tomcat, haproxy), and other versions. Undefined when it is not one.
 */
export function parseRequestLine(line: Buffer, start: number, end: number): RequestLine | undefined {
  let methodStart = start;
  while (methodStart < end && isBlank(line[methodStart])) methodStart++;
  let methodEnd = methodStart;
  while (methodEnd < end && isTokenCharacter(line[methodEnd])) methodEnd++;
  if (methodEnd === methodStart || !isBlank(line[methodEnd])) return undefined;
  let lineEnd = end;
  // A second CR before the line feed (CPython).
  while (lineEnd > methodEnd && (isBlank(line[lineEnd - 1]) || line[lineEnd - 1] === CR)) lineEnd--;
  let targetEnd = lineEnd - 8;
  let version = targetEnd > methodEnd ? minorVersion(line, targetEnd, lineEnd) : undefined;
  if (version === undefined) {
    const strange = strangeVersion(line, methodEnd, lineEnd);
    // The method that begins HTTP/2's preface (RFC 9113 §11.6).
    const preface = line.toString('latin1', methodStart, Math.min(methodEnd, methodStart + 4)) === 'PRI';
    if (strange === undefined || preface) return undefined;
    ({ minorVersion: version, start: targetEnd } = strange);
  }
  if (!isBlank(line[targetEnd - 1])) return undefined;
  let targetStart = methodEnd;
  while (targetStart < targetEnd && isBlank(line[targetStart])) targetStart++;
  while (targetEnd > targetStart && isBlank(line[targetEnd - 1])) targetEnd--;
  if (targetStart === targetEnd) return undefined;
  return {
    method: line.toString('latin1', methodStart, methodEnd),
    target: targetText(line, targetStart, targetEnd),
    minorVersion: version,
  };
}

/** Status line in line[start, end), RFC 9112 §4: HTTP-version SP status-code SP [reason-phrase]. */
export function parseStatusLine(line: Buffer, start: number, end: number): StatusLine | undefined {
  if (end < start + 12) return undefined;
  const version = minorVersion(line, start, start + 8);
  if (version === undefined || line[start + 8] !== SP) return undefined;
  // The reason phrase with its space is optional in practice.
  if (end > start + 12 && line[start + 12] !== SP) return undefined;
  const [hundreds, tens, ones] = [digit(line[start + 9]), digit(line[start + 10]), digit(line[start + 11])];
  if (!(hundreds >= 1 && tens >= 0 && ones >= 0)) return undefined;
  return { minorVersion: version, status: hundreds * 100 + tens * 10 + ones };
}

/** −1 when it is none. */
function digit(byte: number | undefined): number {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1;
}

const emptyLine = Buffer.from('\r\n\r\n');

/** The start line at `offset`, with its line end, is within its limit; gives the offset after it, else −1. */
export function afterStartLine(bytes: Buffer, offset: number): number {
  const lf = bytes.indexOf(LF, offset);
  return lf < 0 || lf - offset > maxStartLineBytes ? -1 : lf + 1;
}

/**
 * Where a head that starts at `offset` surely ends within `bytes`: the offset after the first CRLF CRLF. An empty line
 * of bare line feeds may come before it. −1 when there is none, or the head is longer than the limits allow.
 */
export function headBound(bytes: Buffer, offset: number): number {
  const found = bytes.indexOf(emptyLine, offset);
  return found < 0 || found + 4 - offset > maxHeadBytes ? -1 : found + 4;
}

/**
 * Header section in head[start, end), RFC 9112 §5, up to its empty line. Passive, so lenient where servers are: lines
 * without a colon are skipped; a name with white space before the colon keeps it and so never counts as a framing field.
 * Fields point into `head`, in which obsolete line folding is replaced by spaces (§5.2).
 */
export function parseHeaderSection(head: Buffer, start: number, end: number): HeaderSection {
  const offsets: number[] = [];
  const contentLengths: string[] = [];
  const transferEncodings: string[] = [];
  let fieldsDropped = 0;
  let nameBits = 0;
  let lineStart = start;
  while (lineStart < end) {
    const nameStart = lineStart;
    let index = nameStart;
    let byte = head[index] as number;
    let bits = 0;
    while (byte !== COLON && byte !== LF && index < end) {
      bits |= byte;
      byte = head[++index] as number;
    }
    const colon = index;
    let afterLine = byte === LF && index < end ? index + 1 : endOfLine(head, index, end);
    if (afterLine < 0) break;
    let lineEnd = contentEnd(head, nameStart, afterLine);
    if (lineEnd === nameStart)
      return {
        fields: new RawFields(head, offsets, nameBits < 0x80),
        end: afterLine,
        fieldsDropped,
        contentLengths,
        transferEncodings,
      };
    while (afterLine < end && isBlank(head[afterLine])) {
      const afterFold = endOfLine(head, afterLine, end);
      if (afterFold < 0) break;
      head.fill(SP, lineEnd, afterLine);
      lineEnd = contentEnd(head, afterLine, afterFold);
      afterLine = afterFold;
    }
    lineStart = afterLine;
    if (head[colon] !== COLON || colon === nameStart || colon >= lineEnd) continue;
    let valueStart = colon + 1;
    let valueEnd = lineEnd;
    while (valueStart < valueEnd && isBlank(head[valueStart])) valueStart++;
    while (valueEnd > valueStart && isBlank(head[valueEnd - 1])) valueEnd--;
    if (offsets.length < maxHeaderFields * 4) {
      offsets.push(nameStart, colon, valueStart, valueEnd);
      nameBits |= bits;
    } else fieldsDropped++;
    const nameBytes = colon - nameStart;
    if (nameBytes === 14 && isName(head, nameStart, 'content-length'))
      contentLengths.push(head.toString('latin1', valueStart, valueEnd));
    else if (nameBytes === 17 && isName(head, nameStart, 'transfer-encoding'))
      transferEncodings.push(head.toString('latin1', valueStart, valueEnd));
  }
  const fields = new RawFields(head, offsets, nameBits < 0x80);
  return { fields, end: lineStart, fieldsDropped, contentLengths, transferEncodings };
}
