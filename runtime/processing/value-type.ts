// The type of a parameter value, from its text. Values are looked at and forgotten: only the type's name leaves.
import { isIP } from 'node:net';

/** JSON Schema types and formats. */
export type ValueType =
  | 'integer'
  | 'number'
  | 'boolean'
  | 'uuid'
  | 'date-time'
  | 'date'
  | 'email'
  | 'ipv4'
  | 'ipv6'
  | 'uri'
  | 'string';

/** Longer text is not looked at in detail. No format below needs more, and it bounds the work per value. */
const maxExaminedCharacters = 512;

/** Of text that may also mean a number or a boolean: query, form, cookie, header, path. */
export function typeOfText(text: string): ValueType {
  if (text === 'true' || text === 'false') return 'boolean';
  if (text.length <= 32 && /^[+-]?\d+$/.test(text)) return 'integer';
  if (text.length <= 64 && /^[+-]?\d*\.?\d+(?:[eE][+-]?\d{1,3})?$/.test(text)) return 'number';
  return formatOf(text);
}

/** Of text that is known to be a string: a JSON string `"12"` is not a number. */
export function formatOf(text: string): ValueType {
  if (text.length > maxExaminedCharacters) return 'string';
  if (isUuid(text)) return 'uuid';
  if (isDate(text)) return 'date';
  if (isDateTime(text)) return 'date-time';
  if (isEmail(text)) return 'email';
  if (isIpv4(text)) return 'ipv4';
  if (isIpv6(text)) return 'ipv6';
  if (/^[a-z][a-z0-9+.-]{1,20}:\/\/[^\s]+$/i.test(text)) return 'uri';
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
