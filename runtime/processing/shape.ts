// Shape classes: what a path segment certainly is, judged by its own text alone. A class is given only where the text
// leaves no reasonable doubt, because it replaces the text for good; what is left is a literal, about which the
// template learner decides later with more knowledge.
import { maxLiteralCharacters } from './limits.ts';
import { isDate, isDateTime, isEmail, isIpv4, isIpv6, isUuid } from './value-type.ts';

export type Shape =
  | 'integer'
  | 'float'
  | 'uuid'
  | 'hex'
  | 'ulid'
  | 'date'
  | 'date-time'
  | 'email'
  | 'ipv4'
  | 'ipv6'
  | 'token'
  | 'string';

/**
 * The class of a percent-decoded segment, or undefined for a literal. `index` is its position in the path: the
 * leading segments of many APIs are versions (`/2/tweets`, `/1.1/statuses`), so short numbers stay literal there.
 */
export function shapeOf(text: string, index: number): Shape | undefined {
  if (text.length > maxLiteralCharacters) return 'string';
  if (/^-?\d+$/.test(text)) return index === 0 && text.length <= 2 ? undefined : 'integer';
  if (/^-?\d+\.\d+$/.test(text)) return index <= 1 && /^\d{1,2}\.\d{1,2}$/.test(text) ? undefined : 'float';
  if (isUuid(text)) return 'uuid';
  if (/^(?=.*\d)(?=.*[a-f])[0-9a-f]{16,}$/i.test(text)) return 'hex';
  // Crockford base 32 without I, L, O, U; 48 bits of time make the first character at most 7.
  if (/^[0-7](?:[0-9A-HJKMNP-TV-Z]{25}|[0-9a-hjkmnp-tv-z]{25})$/.test(text) && /\d.*\d/.test(text))
    return 'ulid';
  if (isDate(text)) return 'date';
  if (isDateTime(text)) return 'date-time';
  if (isIpv4(text)) return 'ipv4';
  if (text.includes(':') && isIpv6(text)) return 'ipv6';
  if (text.includes('@') && isEmail(text)) return 'email';
  return isRandom(text) ? 'token' : undefined;
}

/**
 * Random-looking identifiers such as `cus_9s6XKzkNRiz8i3` or base64url of 16 bytes: at least 14 characters without
 * separators other than one prefix, with digits in three or more places and both cases. Words, even joined in camel
 * case and numbered, do not reach that.
 */
function isRandom(text: string): boolean {
  const body = /^[a-z]{1,8}_([A-Za-z0-9]+)$/.exec(text)?.[1] ?? text;
  if (body.length < 14 || !/^[A-Za-z0-9_-]+={0,2}$/.test(body)) return false;
  if (!/[a-z]/.test(body) || !/[A-Z]/.test(body)) return false;
  return (body.match(/\d+/g)?.length ?? 0) >= 3;
}
