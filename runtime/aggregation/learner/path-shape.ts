// Shape classes: what a path segment certainly is by its own text. These merge before any statistics.

/** Classes that `classify` can return. */
export const shapeClasses = [
  'integer',
  'number',
  'uuid',
  'hex',
  'date',
  'date-time',
  'ip',
  'email',
  'ulid',
  'jwt',
  'domain',
  'code',
  'random',
  'long',
] as const;
export type ShapeClass = (typeof shapeClasses)[number];

/** Longer segments are values whatever they say; their text is not kept. */
export const maximumTokenLength = 128;

const uuid = /^\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?$/i;
const dateTime = /^\d{4}-\d\d-\d\d[T ]\d\d:?\d\d/;
const date = /^(\d{4}[-.]\d\d[-.]\d\d|\d\d[-.]\d\d[-.]\d{4})$/;
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}(:\d+)?$/;
const ipv6 = /^[0-9a-f]{0,4}(:[0-9a-f]{0,4}){3,7}$/i;
const email = /^[^@\s/]+@[^@\s/]+\.[a-z]{2,}$/i;
const jwt = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;
const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const domain =
  /^([a-z0-9_-]+\.)+(com|org|net|info|biz|edu|gov|dev|app|eu|de|fr|uk|it|es|nl|pl|ru|cn|jp|br|us|io|ai|local)$/i;

/**
 * The shape class of a percent-decoded segment, or undefined when its text alone does not say that it is a value.
 * Words, versions (`v1`, `2.0`) and short tokens are never classified.
 */
export function classify(text: string): ShapeClass | undefined {
  const { length } = text;
  if (length > maximumTokenLength) return 'long';
  let digits = 0;
  let hexLetters = 0;
  let letters = 0;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 48 && c <= 57) digits++;
    else if ((c | 32) >= 97 && (c | 32) <= 122) {
      letters++;
      if ((c | 32) <= 102) hexLetters++;
    }
  }
  if (digits === 0) {
    if (letters === length) return length >= 16 && isRandom(text) ? 'random' : undefined;
    if (email.test(text)) return 'email';
    if (jwt.test(text)) return 'jwt';
    if (text.includes('.') && domain.test(text)) return 'domain';
    return undefined;
  }
  if (digits === length) return 'integer';
  const first = text.charCodeAt(0);
  if (digits === length - 1 && (first === 45 || first === 43)) return 'integer';
  if (length >= 32 && uuid.test(text)) return 'uuid';
  if (letters === 0 || text.includes('T')) {
    if (dateTime.test(text)) return 'date-time';
    if (date.test(text)) return 'date';
    if (ipv4.test(text)) return 'ip';
    if (/^[-+]?\d+\.\d+$/.test(text)) return length === 3 ? undefined : 'number';
  }
  if (
    letters === hexLetters &&
    letters + digits === length &&
    length >= 8 &&
    digits >= 2 &&
    switches(text) >= 3
  )
    return 'hex';
  if (text.includes('@') && email.test(text)) return 'email';
  if (length === 26 && ulid.test(text)) return 'ulid';
  if (jwt.test(text)) return 'jwt';
  if (text.includes('.') && domain.test(text)) return 'domain';
  if (text.includes(':') && ipv6.test(text)) return 'ip';
  if (/^[A-Z]{1,5}-?\d{3,}$/.test(text)) return 'code';
  if (digits >= 6 && digits >= letters && letters + digits >= length - 4) return 'code';
  const tail = /^[A-Za-z]{1,8}[_-](?=[^_-]{8,}$)(.+)$/.exec(text)?.[1];
  if (tail !== undefined && isRandom(tail)) return 'random';
  return isRandom(text) ? 'random' : undefined;
}

/** How often neighbouring characters change between digit, upper case and lower case (a capitalised word is no change). */
function switches(text: string): number {
  let count = 0;
  let previous = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const kind = c >= 48 && c <= 57 ? 1 : c >= 65 && c <= 90 ? 2 : c >= 97 && c <= 122 ? 3 : 4;
    if (previous !== 0 && kind !== previous && !(previous === 2 && kind === 3 && i === 1)) count++;
    previous = kind;
  }
  return count;
}

/**
 * Whether letters and digits follow each other without order. Not random: words in camel case whose humps average three
 * letters or more, with at most one group of digits and no hump of one letter.
 */
function isRandom(text: string): boolean {
  if (text.length < 8 || !/^[A-Za-z0-9_-]+$/.test(text)) return false;
  if (/[-_]/.test(text) && text.split(/[-_]/).every(part => part.length < 8 || !isRandom(part))) return false;
  const digitGroups = text.match(/\d+/g)?.length ?? 0;
  const humps = text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  const mean = humps.reduce((sum, hump) => sum + hump.length, 0) / Math.max(1, humps.length);
  if (digitGroups === 0) return humps.length >= 5 && mean < 2.2;
  if (mean >= 3 && digitGroups <= 1 && humps.every(hump => hump.length > 1)) return false;
  return switches(text) >= Math.max(3, text.length / 5);
}
