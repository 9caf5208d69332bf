import { maxHeaderFields, maxMethodBytes } from './limits.ts';
import { targetText } from './target-text.ts';

/** One header field; the value's octets are raw, without surrounding white space (RFC 9112 §5). */
export interface HeaderField {
  /** As sent, decoded as Latin-1. */
  readonly name: string;
  readonly value: Buffer;
}

export interface HeaderSection {
  readonly fields: readonly HeaderField[];
  /** Fields beyond the limit of 200: not kept. */
  readonly fieldsDropped: number;
  /** Values of Content-Length and Transfer-Encoding, wherever they stand in the section. */
  readonly contentLengths: readonly string[];
  readonly transferEncodings: readonly string[];
}

export interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** HTTP/1.x: x. */
  readonly minorVersion: number;
}

export interface StatusLine {
  readonly minorVersion: number;
  /** 100–999. */
  readonly status: number;
}

export const LF = 0x0a;
export const CR = 0x0d;
const SP = 0x20;
const HTAB = 0x09;
const COLON = 0x3a;

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

function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HTAB;
}

/** `HTTP/1.x` in line[start, end): x, else undefined (RFC 9112 §2.3). */
function minorVersion(line: Buffer, start: number, end: number): number | undefined {
  if (end - start !== 8 || line.toString('latin1', start, end - 1) !== 'HTTP/1.') return undefined;
  const digit = (line[end - 1] ?? 0) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : undefined;
}

/**
 * Request line in line[start, end), RFC 9112 §3: method SP request-target SP HTTP-version. White space inside
 * the target is kept: servers differ on it, and an attack may live there. Undefined when it is not one.
 */
export function parseRequestLine(line: Buffer, start: number, end: number): RequestLine | undefined {
  let methodEnd = start;
  while (methodEnd < end && isTokenCharacter(line[methodEnd])) methodEnd++;
  const methodBytes = methodEnd - start;
  if (methodBytes === 0 || methodBytes > maxMethodBytes || line[methodEnd] !== SP) return undefined;
  let lineEnd = end;
  while (lineEnd > methodEnd && isBlank(line[lineEnd - 1])) lineEnd--;
  const version = minorVersion(line, lineEnd - 8, lineEnd);
  let targetEnd = lineEnd - 8;
  if (version === undefined || !isBlank(line[targetEnd - 1])) return undefined;
  let targetStart = methodEnd;
  while (targetStart < targetEnd && isBlank(line[targetStart])) targetStart++;
  while (targetEnd > targetStart && isBlank(line[targetEnd - 1])) targetEnd--;
  if (targetStart === targetEnd) return undefined;
  return {
    method: line.toString('latin1', start, methodEnd),
    target: targetText(line.subarray(targetStart, targetEnd)),
    minorVersion: version,
  };
}

/** Status line in line[start, end), RFC 9112 §4: HTTP-version SP status-code SP [reason-phrase]. */
export function parseStatusLine(line: Buffer, start: number, end: number): StatusLine | undefined {
  const version = minorVersion(line, start, start + 8);
  if (version === undefined || end < start + 12 || line[start + 8] !== SP) return undefined;
  // The reason phrase with its space is optional in practice.
  if (end > start + 12 && line[start + 12] !== SP) return undefined;
  const code = line.toString('latin1', start + 9, start + 12);
  return /^[1-9][0-9][0-9]$/.test(code) ? { minorVersion: version, status: Number(code) } : undefined;
}

/**
 * Header section in head[start, end), RFC 9112 §5. Passive, so lenient where servers are: lines without a colon
 * are skipped; a name with white space before the colon keeps it and so never counts as a framing field.
 * Values are views of `head`, in which obsolete line folding is replaced by spaces (§5.2).
 */
export function parseHeaderSection(head: Buffer, start: number, end: number): HeaderSection {
  const fields: HeaderField[] = [];
  const contentLengths: string[] = [];
  const transferEncodings: string[] = [];
  let fieldsDropped = 0;
  let lineStart = start;
  while (lineStart < end) {
    let afterLine = endOfLine(head, lineStart, end);
    if (afterLine < 0) break;
    const contentStart = lineStart;
    let lineEnd = contentEnd(head, lineStart, afterLine);
    while (afterLine < end && isBlank(head[afterLine])) {
      const afterFold = endOfLine(head, afterLine, end);
      if (afterFold < 0) break;
      head.fill(SP, lineEnd, afterLine);
      lineEnd = contentEnd(head, afterLine, afterFold);
      afterLine = afterFold;
    }
    lineStart = afterLine;
    const field = parseField(head, contentStart, lineEnd);
    if (field === undefined) continue;
    if (fields.length < maxHeaderFields) fields.push(field);
    else fieldsDropped++;
    if (isNamed(field, 'content-length')) contentLengths.push(text(field));
    else if (isNamed(field, 'transfer-encoding')) transferEncodings.push(text(field));
  }
  return { fields, fieldsDropped, contentLengths, transferEncodings };
}

function parseField(head: Buffer, start: number, end: number): HeaderField | undefined {
  let colon = start;
  while (colon < end && head[colon] !== COLON) colon++;
  if (colon === end || colon === start) return undefined;
  return { name: head.toString('latin1', start, colon), value: trimmed(head, colon + 1, end) };
}

function trimmed(head: Buffer, start: number, end: number): Buffer {
  let from = start;
  let to = end;
  while (from < to && isBlank(head[from])) from++;
  while (to > from && isBlank(head[to - 1])) to--;
  return head.subarray(from, to);
}

/** Does the field have this name (given in lower case)? */
export function isNamed(field: HeaderField, lowerCaseName: string): boolean {
  return field.name.length === lowerCaseName.length && field.name.toLowerCase() === lowerCaseName;
}

function text(field: HeaderField): string {
  return field.value.toString('latin1');
}
