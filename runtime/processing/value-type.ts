// The type of a parameter value, from its text. Values are looked at and forgotten: only the type's name leaves.
import { isIP } from 'node:net';
import type { ValueType } from '../protocol/value-types.ts';

export type { ValueType } from '../protocol/value-types.ts';

/** Longer text is not looked at in detail. No format below needs more, and it bounds the work per value. */
const maxExaminedCharacters = 512;

/** Of text that may also mean a number or a boolean: query, form, cookie, header, path, XML. */
export function typeOfText(text: string): ValueType {
  const first = text.charCodeAt(0);
  if (isDigit(first) || first === minus || first === dot) return numberTypeOf(text) ?? formatOf(text);
  if (text.length <= 5 && /^(?:true|false)$/i.test(text)) return 'boolean';
  return formatOf(text);
}

const minus = 0x2d;
const dot = 0x2e;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/**
 * The narrowest type of a decimal number, undefined for other text. `007` and `+49` are no numbers but codes: a client
 * that means a number does not write them so.
 */
export function numberTypeOf(text: string): ValueType | undefined {
  if (text.length > 64) return undefined;
  let at = text.charCodeAt(0) === minus ? 1 : 0;
  const start = at;
  while (isDigit(text.charCodeAt(at))) at++;
  const whole = at - start;
  if (whole > 1 && text.charCodeAt(start) === 0x30) return undefined;
  if (at === text.length) return whole === 0 ? undefined : integerType(text, start);
  if (!/^-?\d*(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/.test(text)) return undefined;
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '').length;
  if (digits > 17) return 'number';
  const value = Number(text);
  return digits <= 7 && Math.abs(value) < 3.4e38 ? 'float' : 'double';
}

function integerType(text: string, start: number): ValueType {
  const length = text.length - start;
  if (length < 10) return 'int32';
  if (length < 19) return Math.abs(Number(text)) <= 0x7fffffff ? 'int32' : 'int64';
  return length === 19 && text.slice(start) <= '9223372036854775807' ? 'int64' : 'integer';
}

/** Of a number that a parser has read already, such as JSON's. */
export function typeOfNumber(value: number): ValueType {
  if (Number.isInteger(value)) {
    const size = Math.abs(value);
    return size <= 0x7fffffff ? 'int32' : size <= Number.MAX_SAFE_INTEGER ? 'int64' : 'integer';
  }
  return Number(value.toPrecision(7)) === value ? 'float' : 'double';
}

/** Of text that is known to be a string: a JSON string `"12"` is not a number. */
export function formatOf(text: string): ValueType {
  const { length } = text;
  // No format has fewer characters than `::1` and `P1D`.
  if (length < 3 || length > maxExaminedCharacters) return 'string';
  if (length === 36 && text.charCodeAt(8) === minus) return isUuid(text) ? 'uuid' : 'string';
  const first = text.charCodeAt(0);
  if (isDigit(first)) {
    if (length >= 10 && text.charCodeAt(4) === minus) {
      if (isDate(text)) return 'date';
      if (isDateTime(text)) return 'date-time';
    } else if (isIpv4(text)) return 'ipv4';
    else if (isTime(text)) return 'time';
  }
  const colon = text.indexOf(':');
  if (colon >= 0) {
    if (isIpv6(text)) return 'ipv6';
    if (colon > 0 && /^[a-z][a-z0-9+.-]{1,20}:\/\/[^\s]+$/i.test(text)) return 'uri';
  }
  if (text.indexOf('@') > 0 && isEmail(text)) return 'email';
  if (first === 0x50 && isDuration(text)) return 'duration';
  if (length >= 16) return longFormatOf(text);
  return 'string';
}

/** Encodings are told from words by their length and by what they mix. */
function longFormatOf(text: string): ValueType {
  if (/^(?=\D*\d)(?=[^a-f]*[a-f])[0-9a-f]+$/i.test(text) && text.length % 2 === 0) return 'hex';
  if (text.startsWith('eyJ') && /^eyJ[\w-]{5,}\.[\w-]{2,}\.[\w-]*$/.test(text)) return 'jwt';
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text) && /[+/=]/.test(text) && /\d/.test(text))
    return /[a-z]/.test(text) && /[A-Z]/.test(text) ? 'byte' : 'string';
  return 'string';
}

/** RFC 9562 text form, any version, also the nil UUID. */
export function isUuid(text: string): boolean {
  return text.length === 36 && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}

/** RFC 3339 full-date. */
export function isDate(text: string): boolean {
  return text.length === 10 && /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/.test(text);
}

/** RFC 3339 date-time; seconds and the offset may be missing, as in ISO 8601. */
export function isDateTime(text: string): boolean {
  if (text.length > 40 || !/^\d{4}-\d\d-\d\d[T ]/i.test(text) || !isDate(text.slice(0, 10))) return false;
  return /^[T ](?:[01]\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/i.test(
    text.slice(10),
  );
}

/** RFC 3339 partial-time or full-time. */
function isTime(text: string): boolean {
  if (text.length < 8 || text.length > 24) return false;
  return /^(?:[01]\d|2[0-3]):[0-5]\d:[0-6]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?$/i.test(text);
}

/** ISO 8601 (RFC 3339 appendix A). */
function isDuration(text: string): boolean {
  return (
    text.length <= 40 &&
    /^P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/.test(text)
  );
}

/** A practical subset of RFC 5321: one @, a dotted domain, no quoting. */
export function isEmail(text: string): boolean {
  if (text.length > 254) return false;
  return /^[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}$/.test(text);
}

export function isIpv4(text: string): boolean {
  return text.length <= 15 && isIP(text) === 4;
}

export function isIpv6(text: string): boolean {
  return text.length <= 45 && isIP(text) === 6;
}
