// Populations of path and query values: what kind of text an API uses for a parameter, and a fixed set of such texts.
import { type Api, type ApiParameter, array } from './openapi.ts';
import type { Random } from './random.ts';
import * as words from './words.ts';

/** How hard a parameter is to recognise: by its form (shape), only by its company (word), or few fixed words (enum). */
export type Difficulty = 'shape' | 'word' | 'enum';

export interface ValueKind {
  readonly difficulty: Difficulty;
  /** JSON type that the values suggest: what a learner can be expected to say. */
  readonly type: 'integer' | 'number' | 'boolean' | 'string';
  readonly make: (random: Random) => string;
}

const digits = '0123456789';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const hex = '0123456789abcdef';
const base62 = digits + lower + upper;

const shape = (make: (random: Random) => string, type: ValueKind['type'] = 'string'): ValueKind => ({
  difficulty: 'shape',
  type,
  make,
});
const word = (make: (random: Random) => string): ValueKind => ({ difficulty: 'word', type: 'string', make });
const fixed = (values: readonly string[]): ValueKind => word(random => random.pick(values));

export const integer = shape(random => String(random.int(1, 9999)), 'integer');
const longInteger = shape(random => String(random.int(100_000, 999_999_999)), 'integer');
const snowflake = shape(random => random.pick('123456789'.split('')) + random.text(digits, 17), 'integer');
const number = shape(random => (random.next() * 180).toFixed(random.int(1, 5)), 'number');
const uuid = shape(random => {
  const text = random.text(hex, 32);
  const variant = random.pick(['8', '9', 'a', 'b']);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20)}`;
});
const objectId = shape(random => `6${random.text(hex, 23)}`);
const ulid = shape(random => `01${random.text('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)}`);
const upperCode = shape(
  random => random.text(upper, random.int(2, 4)) + random.text(digits, random.int(3, 7)),
);
const date = shape(random => `20${random.int(15, 26)}-${two(random.int(1, 12))}-${two(random.int(1, 28))}`);
const dateTime = shape(
  random => `${date.make(random)}T${two(random.int(0, 23))}:${two(random.int(0, 59))}:00Z`,
);
const hash = (length: number) => shape(random => random.text(hex, length));
const email = shape(
  random => `${login.make(random)}@${random.pick(words.nouns)}.${random.pick(words.topLevelDomains)}`,
);
const domain = shape(random => `${slugText(random, '-')}.${random.pick(words.topLevelDomains)}`);
const ip = shape(random => Array.from({ length: 4 }, () => random.int(1, 254)).join('.'));
const year = shape(random => String(random.int(1995, 2026)), 'integer');

const login = word(random => {
  const first = random.pick(words.firstNames);
  const form = random.next();
  if (form < 0.3) return first + random.pick(['', random.int(1, 99)]);
  if (form < 0.6) return first + random.pick(['.', '_', '-']) + random.pick(words.surnames);
  if (form < 0.8) return first[0] + random.pick(words.surnames);
  return random.pick(words.adjectives) + random.pick(words.nouns);
});
const file = word(
  random => `${slugText(random, random.pick(['-', '_']))}.${random.pick(words.fileExtensions)}`,
);
const ticker = word(random => random.text(upper, random.int(2, 5)));

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function slugText(random: Random, separator: string, singleWords = 0.25): string {
  if (random.chance(singleWords)) return random.pick(words.nouns);
  const form = random.next();
  const pair = `${random.pick(words.adjectives)}${separator}${random.pick(words.nouns)}`;
  if (form < 0.73) return pair;
  return form < 0.87
    ? `${pair}${separator}${random.pick(words.nouns)}`
    : `${pair}${separator}${random.int(1, 99)}`;
}

/** Styles of one API: how it writes ids and slugs. Every identifier of the API follows them. */
export interface ValueStyle {
  readonly id: ValueKind;
  readonly slug: ValueKind;
}

/** Where an API's slugs come from. */
export type SlugVocabulary =
  | { readonly kind: 'everyday'; readonly singleWords: number }
  /** Words that could as well be route names. */
  | { readonly kind: 'routes'; readonly words: readonly string[] }
  /** Made-up words: product names, codes of people. */
  | { readonly kind: 'syllables' }
  /** Titles of three to six words. */
  | { readonly kind: 'titles' };

function slugOf(vocabulary: SlugVocabulary, separator: string, random: Random): string {
  const joined = (count: number, word: () => string) =>
    Array.from({ length: count }, word).join(separator || '-');
  if (vocabulary.kind === 'routes')
    return joined(random.pick([1, 1, 1, 2, 2, 3]), () => random.pick(vocabulary.words));
  if (vocabulary.kind === 'titles')
    return joined(random.int(3, 6), () => random.pick(random.chance(0.3) ? words.particles : words.nouns));
  if (vocabulary.kind === 'everyday') return slugText(random, separator, vocabulary.singleWords);
  let text = '';
  for (let n = random.int(2, 4); n > 0; n--) text += random.pick(words.onsets) + random.pick(words.rimes);
  return text;
}

/** A vocabulary for slugs other than everyday words makes values look like something else. */
export function valueStyle(
  random: Random,
  vocabulary: SlugVocabulary = { kind: 'everyday', singleWords: 0.25 },
): ValueStyle {
  const separator = random.pick(['-', '-', '-', '_', '_', '']);
  const capital = random.chance(0.12);
  const slug = word(r => {
    const text = slugOf(vocabulary, separator, r);
    return capital ? text[0]?.toUpperCase() + text.slice(1) : text;
  });
  const prefix = random.pick(['cus', 'acc', 'obj', 'it', 'usr', 'ref']);
  const base62Length = random.int(9, 22);
  const styles: readonly (readonly [number, ValueKind])[] = [
    [19, integer],
    [15, longInteger],
    [8, snowflake],
    [20, uuid],
    [12, objectId],
    [6, shape(r => r.text(base62, base62Length))],
    [5, shape(r => `${prefix}_${r.text(base62, 14)}`)],
    [3, ulid],
    [8, slug],
    [4, upperCode],
  ];
  let target = random.next() * styles.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, id] of styles) {
    target -= weight;
    if (target < 0) return { id, slug };
  }
  return { id: integer, slug };
}

/** Kind of a parameter's values: enum, then format, example, pattern, and at last its name. */
export function valueKind(parameter: ApiParameter, style: ValueStyle): ValueKind {
  const { schema, name } = parameter;
  const values = array(schema.enum)
    .map(String)
    .filter(value => /^[^/?#%\s]+$/.test(value));
  if (values.length > 0) return { difficulty: 'enum', type: 'string', make: random => random.pick(values) };
  const format = String(schema.format ?? '').toLowerCase();
  const byFormat = formats[format];
  if (byFormat !== undefined) return byFormat;
  const type = schema.type;
  if (type === 'integer')
    return /year/i.test(name) ? year : style.id.type === 'integer' && /id$/i.test(name) ? style.id : integer;
  if (type === 'number') return /lat|lon|lng/i.test(name) ? number : integer;
  if (type === 'boolean')
    return { difficulty: 'enum', type: 'boolean', make: random => random.pick(['true', 'false']) };
  return byExample(parameter.example) ?? byPattern(schema.pattern) ?? byName(name, style);
}

const formats: Readonly<Record<string, ValueKind>> = {
  uuid,
  guid: uuid,
  date,
  'date-time': dateTime,
  email,
  ipv4: ip,
  ip,
  hostname: domain,
  int64: longInteger,
};

function byExample(example: unknown): ValueKind | undefined {
  if (typeof example === 'number') return Number.isInteger(example) ? integer : number;
  if (typeof example !== 'string') return undefined;
  if (/^\d{1,4}$/.test(example)) return integer;
  if (/^\d{5,}$/.test(example)) return longInteger;
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(example)) return uuid;
  if (/^[0-9a-f]{16,64}$/i.test(example)) return hash(example.length);
  if (/^\d{4}-\d\d-\d\d$/.test(example)) return date;
  if (/^[^@\s]+@[^@\s]+\.[a-z]+$/i.test(example)) return email;
  return undefined;
}

function byPattern(pattern: unknown): ValueKind | undefined {
  if (typeof pattern !== 'string') return undefined;
  if (/^\^?\(?(\[0-9\]|\\d)[+*{]/.test(pattern)) return longInteger;
  if (/^\^?\[(a-f0-9|0-9a-f|A-Fa-f0-9|0-9a-fA-F)\]\{(\d+)/.test(pattern))
    return hash(Number(/\{(\d+)/.exec(pattern)?.[1] ?? 16));
  return undefined;
}

function byName(name: string, style: ValueStyle): ValueKind {
  const lowerName = name.toLowerCase();
  for (const [pattern, kind] of names) if (pattern.test(lowerName)) return kind;
  if (/(id|ids|key|number|no|token|sha|ref|reference|digest|hash|address)$/.test(lowerName)) return style.id;
  return style.slug;
}

const names: readonly (readonly [RegExp, ValueKind])[] = [
  [/guid|uuid/, uuid],
  [/sha256|blockhash|txid/, hash(64)],
  [/^sha1?$|commit/, hash(40)],
  [/md5/, hash(32)],
  [/lang|locale|culture/, fixed(words.languages)],
  [/country/, fixed(words.countries)],
  [/currency/, fixed(words.currencies)],
  [/symbol|ticker/, ticker],
  [/datetime|timestamp/, dateTime],
  [/date|^day$|^from$|^to$|^since$|^until$/, date],
  [/year/, year],
  [/^(lat|lon|lng|latitude|longitude)$/, number],
  [/e-?mail/, email],
  [/^ip|ipaddress/, ip],
  [/domain|fqdn|hostname/, domain],
  [/file|path$/, file],
  [/login|owner|user_?name|^user$|author|account_?name/, login],
  [/index|count|page|offset|line|limit|cursor|size|width|height/, integer],
];

/** Key of the population that a parameter draws from. */
export function populationKey(api: Api, parameter: ApiParameter): string {
  return `${api.name} ${parameter.name.toLowerCase()}`;
}

/** `size` distinct values (fewer when the kind has fewer). */
export function population(kind: ValueKind, size: number, random: Random): string[] {
  const values = new Set<string>();
  for (let tries = 0; values.size < size && tries < size * 3; tries++) values.add(kind.make(random));
  return [...values];
}
