import type { HeaderField } from '../header-fields.ts';
import type { HpackBlock } from '../hpack/decoder.ts';
import { isTokenCharacter } from '../http1-head.ts';
import { maxHeaderFields } from '../limits.ts';
import { targetText } from '../target-text.ts';

/** The fields of a header block without pseudo-header fields. */
export interface FieldSection {
  /** Names as sent: lower case in HTTP/2 (RFC 9113 §8.2). */
  readonly fields: readonly HeaderField[];
  /** Fields beyond the limits (200; 64 KiB together): not kept. */
  readonly fieldsDropped: number;
  /** Fields that were sent but whose name or value is not known: older than the capture. */
  readonly fieldsUnknown: number;
}

/** Shaped as HTTP/1's request head; what is not known is undefined. */
export interface Http2RequestHead extends FieldSection {
  /** `:method`. */
  readonly method: string | undefined;
  /** `:path`; for CONNECT without one (RFC 9113 §8.5) the authority. Octets that are not UTF-8 are percent-encoded. */
  readonly target: string | undefined;
  /** `:authority`, else Host (RFC 9113 §8.3.1); undefined when neither was sent or is known. */
  readonly authority: string | undefined;
  /** `:scheme`. */
  readonly scheme: string | undefined;
  /** `:protocol` of an extended CONNECT (RFC 8441 §4), such as websocket. */
  readonly protocol: string | undefined;
  /** A pseudo-header field stood after a regular one: most servers reset the stream (RFC 9113 §8.3), nginx 1.22 answers. */
  readonly misplaced: boolean;
  /** When the first byte came; the unit is the caller's. */
  readonly firstByteTime: number;
  /** False when bytes were lost before the end of the header block: fields may be missing. */
  readonly complete: boolean;
}

export interface Http2ResponseHead extends FieldSection {
  /** 100–999; undefined when not known. */
  readonly status: number | undefined;
  /** When the last byte of the head came. */
  readonly lastByteTime: number;
  readonly complete: boolean;
}

interface Sections extends FieldSection {
  /** Pseudo-header fields (RFC 9113 §8.3): name to value; the first of each counts. */
  readonly pseudo: ReadonlyMap<string, Buffer>;
  /** A pseudo-header field stood after a regular one, which RFC 9113 §8.3 forbids. */
  readonly misplaced: boolean;
}

function split(block: HpackBlock): Sections {
  const pseudo = new Map<string, Buffer>();
  const fields: HeaderField[] = [];
  let fieldsDropped = block.dropped;
  let fieldsUnknown = 0;
  let misplaced = false;
  for (const { name, value } of block.fields) {
    if (name === undefined || value === undefined) fieldsUnknown++;
    else if (name.startsWith(':')) {
      if (fields.length > 0) misplaced = true;
      if (!pseudo.has(name)) pseudo.set(name, value);
    } else if (fields.length < maxHeaderFields) fields.push({ name, value });
    else fieldsDropped++;
  }
  return { pseudo, fields, fieldsDropped, fieldsUnknown, misplaced };
}

export interface HeadContext {
  readonly firstByteTime: number;
  readonly lastByteTime: number;
  readonly complete: boolean;
}

/** The request that a header block opens, RFC 9113 §8.3.1; undefined when it cannot be one. */
export function requestHead(block: HpackBlock, context: HeadContext): Http2RequestHead | undefined {
  const { pseudo, misplaced, ...section } = split(block);
  const method = pseudo.get(':method')?.toString('latin1');
  const path = pseudo.get(':path');
  const host = section.fields.find(({ name }) => name === 'host')?.value;
  const authority = (pseudo.get(':authority') ?? host)?.toString('latin1');
  if (pseudo.has(':status')) return undefined;
  if (misplaced && (method === undefined || path === undefined)) return undefined;
  // :method GET and POST and every :scheme stand in the static table: a request without any known one is none.
  if (pseudo.size === 0) return undefined;
  if (method !== undefined && !isMethod(method)) return undefined;
  return {
    ...section,
    method,
    target: path === undefined ? (method === 'CONNECT' ? authority : undefined) : targetText(path),
    authority,
    scheme: pseudo.get(':scheme')?.toString('latin1'),
    protocol: pseudo.get(':protocol')?.toString('latin1'),
    misplaced,
    firstByteTime: context.firstByteTime,
    complete: context.complete,
  };
}

/** A token, RFC 9110 §9.1. */
function isMethod(text: string): boolean {
  for (let index = 0; index < text.length; index++)
    if (!isTokenCharacter(text.charCodeAt(index))) return false;
  return text !== '';
}

/** The response that a header block opens, RFC 9113 §8.3.2; undefined when it cannot be one. */
export function responseHead(block: HpackBlock, context: HeadContext): Http2ResponseHead | undefined {
  const { pseudo, misplaced, ...section } = split(block);
  const code = pseudo.get(':status')?.toString('latin1');
  if (misplaced || pseudo.size > (code === undefined ? 0 : 1)) return undefined;
  if (code === undefined && section.fieldsUnknown === 0) return undefined;
  if (code !== undefined && !/^[1-9][0-9]{2}$/.test(code)) return undefined;
  return {
    ...section,
    status: code === undefined ? undefined : Number(code),
    lastByteTime: context.lastByteTime,
    complete: context.complete,
  };
}

/** The trailer section that a header block is, RFC 9113 §8.1. */
export function trailerSection(block: HpackBlock): FieldSection {
  const { fields, fieldsDropped, fieldsUnknown } = split(block);
  return { fields, fieldsDropped, fieldsUnknown };
}
