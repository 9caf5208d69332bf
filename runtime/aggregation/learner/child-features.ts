// The numbers a child is judged by: its text, its suffixes against its siblings', and the place it hangs at.
import { certainValuesOf, compareWithCertain } from './certain-values.ts';
import {
  childrenOf,
  featureGroups,
  type GroupComparison,
  type Mask,
  type Place,
  requestsOf,
  SiblingTable,
  type Suffixes,
  suffixesOf,
} from './siblings.ts';
import type { TextCache, TextFeatures } from './text-features.ts';
import { isLiteralToken } from './trie.ts';

/** What is known above a place. */
export interface PlaceContext {
  /** 0 for the children of a host. */
  readonly depth: number;
  /** Text of the segment above; undefined at the root and below a parameter. */
  readonly parent: string | undefined;
  readonly parentIsParameter: boolean;
  /** In how many places of the host a token occurs. */
  readonly occurrences: ReadonlyMap<string, number>;
  readonly texts: TextCache;
  /** Texts that the first pass took for values; none in the first pass. */
  readonly isValue: Mask;
}

/** A place with its children told apart: certain values and texts to be judged. */
export interface PlaceRows {
  readonly place: Place;
  readonly context: PlaceContext;
  readonly children: ReadonlyMap<string, TrieNodes>;
  /** Texts to be judged, in the order of the rows. */
  readonly tokens: readonly string[];
  /** Features of each token, without the products with the moderators. */
  readonly rows: readonly Float64Array[];
  /** Factors that are the same for all tokens of the place. */
  readonly moderators: readonly number[];
}
type TrieNodes = Place;

interface Child {
  readonly token: string;
  readonly text: TextFeatures;
  readonly suffixes: Suffixes;
  readonly groups: readonly GroupComparison[];
  /** Comparison with the merged certain values beside it; undefined when there are none. */
  readonly shapeSupport: number;
  readonly shapeLacking: number;
}

interface PlaceSummary {
  readonly context: PlaceContext;
  readonly count: number;
  readonly requests: number;
  readonly shapeRequests: number;
  readonly singletons: number;
  readonly largest: number;
  readonly collections: number;
  readonly withChildren: number;
  readonly withEnds: number;
  readonly lexicon: number;
  readonly unknown: number;
  readonly plurals: number;
  readonly forms: ReadonlyMap<string, number>;
  readonly parentText: TextFeatures | undefined;
  readonly parentWords: ReadonlySet<string>;
  /** How many siblings use a word: names of one domain repeat it (`order-items`, `order-notes`). */
  readonly siblingWords: ReadonlyMap<string, number>;
}

const flag = (value: boolean): number => (value ? 1 : 0);
const log = Math.log1p;

const apiRoot = /^(v\d+(\.\d+)*|\d+\.\d+|api|rest|latest|public)$/i;

type Definition = readonly [name: string, of: (child: Child, place: PlaceSummary) => number];

const groupDefinitions: readonly Definition[] = featureGroups.flatMap((group, g): Definition[] => [
  [`${group}: none`, c => flag((c.groups[g] as GroupComparison).size === 0)],
  [`${group}: share common among siblings`, c => (c.groups[g] as GroupComparison).commonShare],
  [`${group}: only here`, c => log((c.groups[g] as GroupComparison).privateCount)],
  [`${group}: lacks common ones`, c => log(Math.min(8, (c.groups[g] as GroupComparison).lacking))],
  [`${group}: share of siblings that have them`, c => (c.groups[g] as GroupComparison).support],
]);

const definitions: readonly Definition[] = [
  ...groupDefinitions,
  ['certain values beside: share of their suffixes', c => c.shapeSupport],
  ['certain values beside: lacks their suffixes', c => log(Math.min(8, c.shapeLacking))],
  ['certain values beside: any', (_, p) => flag(p.shapeRequests > 0)],
  [
    'certain values beside: share of requests',
    (_, p) => p.shapeRequests / Math.max(1, p.shapeRequests + p.requests),
  ],
  ['requests of the child', c => log(c.suffixes.requests)],
  [
    'requests against the siblings’ mean',
    (c, p) => Math.log(((c.suffixes.requests + 0.5) * p.count) / (p.requests + 0.5)),
  ],
  ['share of the place’s requests', (c, p) => c.suffixes.requests / p.requests],
  ['siblings', (_, p) => Math.log(p.count)],
  ['alone', (_, p) => flag(p.count === 1)],
  ['few siblings', (_, p) => flag(p.count > 1 && p.count < 5)],
  ['requests of the place', (_, p) => log(p.requests)],
  ['requests per sibling', (_, p) => Math.log(p.requests / p.count)],
  ['share of siblings seen once', (_, p) => p.singletons / p.count],
  ['chance that the next request brings a new sibling', (_, p) => p.singletons / p.requests],
  ['largest sibling’s share', (_, p) => p.largest / p.requests],
  ['names a collection', c => flag(c.suffixes.hasShapeChild)],
  ['share of siblings that name a collection', (_, p) => p.collections / p.count],
  ['number of children', c => log(c.suffixes.childCount)],
  ['share of siblings with children', (_, p) => p.withChildren / p.count],
  ['share of siblings that end', (_, p) => p.withEnds / p.count],
  ['ends', c => flag(c.suffixes.ended > 0)],
  ['GET', c => flag(c.suffixes.groups[0]?.has('GET') ?? false)],
  ['POST', c => flag(c.suffixes.groups[0]?.has('POST') ?? false)],
  [
    'PUT or PATCH',
    c => flag((c.suffixes.groups[0]?.has('PUT') ?? false) || (c.suffixes.groups[0]?.has('PATCH') ?? false)),
  ],
  ['DELETE', c => flag(c.suffixes.groups[0]?.has('DELETE') ?? false)],
  ['several methods', c => flag((c.suffixes.groups[0]?.size ?? 0) > 1)],
  ['words used in routes', c => c.text.lexicon],
  ['least used word', c => c.text.leastWord],
  ['share of unknown words', c => c.text.unknownShare],
  ['siblings: words used in routes', (_, p) => p.lexicon],
  ['siblings: share of unknown words', (_, p) => p.unknown],
  ['words used in routes, against siblings', (c, p) => c.text.lexicon - p.lexicon],
  ['number of words', c => log(c.text.words)],
  ['length', c => log(c.text.length)],
  ['very short', c => flag(c.text.length <= 3)],
  ['plural', c => flag(c.text.plural)],
  ['siblings: share of plurals', (_, p) => p.plurals / p.count],
  ['capital letters', c => flag(c.text.hasUpper)],
  ['capital letters only', c => flag(c.text.allUpper)],
  ['camel case', c => flag(c.text.camel)],
  ['digits', c => flag(c.text.hasDigit)],
  ['digits at the end', c => flag(c.text.endsWithDigit)],
  ['dash', c => flag(c.text.hasDash)],
  ['underscore', c => flag(c.text.hasUnderscore)],
  ['format suffix', c => flag(c.text.formatSuffix)],
  ['dot', c => flag(c.text.hasDot)],
  ['other characters', c => flag(c.text.hasOther)],
  ['no vowels', c => flag(c.text.vowelless)],
  ['protected word', c => flag(c.text.protectedWord)],
  ['share of siblings of the same form', (c, p) => (p.forms.get(c.text.form) ?? 0) / p.count],
  [
    'share of words that siblings use too',
    (c, p) =>
      c.text.stems.filter(word => (p.siblingWords.get(word) ?? 0) > 1).length /
      Math.max(1, c.text.stems.length),
  ],
  ['depth', (_, p) => p.context.depth],
  ['first segment', (_, p) => flag(p.context.depth === 0)],
  ['below a parameter', (_, p) => flag(p.context.parentIsParameter)],
  ['parent is a plural', (_, p) => flag(p.parentText?.plural ?? false)],
  [
    'parent is a version or the root of an API',
    (_, p) => flag(p.context.parent !== undefined && apiRoot.test(p.context.parent)),
  ],
  [
    'parent: words used in routes',
    (_, p) =>
      p.context.parent !== undefined && apiRoot.test(p.context.parent) ? 0 : (p.parentText?.lexicon ?? 0),
  ],
  ['shares a word with the parent', (c, p) => flag(c.text.stems.some(word => p.parentWords.has(word)))],
  ['occurs in other places', (c, p) => log((p.context.occurrences.get(c.token) ?? 1) - 1)],
];

// A linear score cannot say "this counts for more among many siblings": products with three place features can.
const moderators: readonly Definition[] = [
  ['siblings', (_, p) => Math.log(p.count)],
  ['siblings seen once', (_, p) => p.singletons / p.count],
];
const moderated = definitions
  .map(([name]) => name)
  .filter(name => !/^(siblings|depth|first segment|alone)$/.test(name));
const moderatedIndexes = moderated.map(name => definitions.findIndex(definition => definition[0] === name));
const noRows = { tokens: [], rows: [], moderators: moderators.map(() => 0) };

/** Names of the first-pass features, in the order of a row. */
export const firstPassFeatures: readonly string[] = [
  ...definitions.map(([name]) => name),
  ...moderators.flatMap(([moderator]) => moderated.map(name => `${name} × ${moderator}`)),
];

/** Everything about the children of a place that the first pass looks at. */
export function describePlace(place: Place, context: PlaceContext): PlaceRows {
  const children = childrenOf(place);
  const tokens = [...children.keys()].filter(isLiteralToken).sort();
  if (tokens.length === 0) return { place, context, children, ...noRows };
  const suffixes = tokens.map(token => suffixesOf(children.get(token) as Place, context.isValue));
  const table = new SiblingTable(suffixes);
  const certain = [...children].filter(([token]) => !isLiteralToken(token)).flatMap(([, nodes]) => nodes);
  const certainValues = certainValuesOf(certain, context.isValue);
  const described = tokens.map((token, i): Child => {
    const own = suffixes[i] as Suffixes;
    return {
      token,
      text: context.texts.of(token),
      suffixes: own,
      groups: featureGroups.map((_, g) => table.compare(own, g)),
      ...compareWithCertain(own, certainValues),
    };
  });
  const summary = summarise(described, context, certain);
  const rows = described.map(child => plainRow(child, summary));
  const factors = moderators.map(([, of]) => of(described[0] as Child, summary));
  return { place, context, children, tokens, rows, moderators: factors };
}

const functions = definitions.map(([, of]) => of);

function plainRow(child: Child, place: PlaceSummary): Float64Array {
  const row = new Float64Array(functions.length);
  for (let i = 0; i < functions.length; i++) row[i] = (functions[i] as Definition[1])(child, place);
  return row;
}

/** The full row of `firstPassFeatures`: features, then their products with each moderator. */
export function expandRow(
  row: Float64Array,
  factors: readonly number[],
  further: readonly number[] = [],
): Float64Array {
  const products = factors.flatMap(factor => moderatedIndexes.map(index => (row[index] as number) * factor));
  return Float64Array.of(...row, ...products, ...further);
}

/**
 * Weights of a full row brought down to the plain features of one place: its moderators are the same for all children, so
 * that the products need not be computed for each of them.
 */
export function weightsAtPlace(weights: Float64Array, factors: readonly number[]): Float64Array {
  const combined = weights.slice(0, definitions.length);
  let i = definitions.length;
  for (const factor of factors)
    for (const index of moderatedIndexes)
      combined[index] = (combined[index] as number) + factor * (weights[i++] as number);
  return combined;
}

function summarise(children: readonly Child[], context: PlaceContext, certain: Place): PlaceSummary {
  const forms = new Map<string, number>();
  let requests = 0;
  let singletons = 0;
  let largest = 0;
  let collections = 0;
  let withChildren = 0;
  let withEnds = 0;
  let lexicon = 0;
  let unknown = 0;
  let plurals = 0;
  const siblingWords = new Map<string, number>();
  for (const { suffixes, text } of children) {
    requests += suffixes.requests;
    if (suffixes.requests === 1) singletons++;
    largest = Math.max(largest, suffixes.requests);
    if (suffixes.hasShapeChild) collections++;
    if (suffixes.childCount > 0) withChildren++;
    if (suffixes.ended > 0) withEnds++;
    lexicon += text.lexicon;
    unknown += text.unknownShare;
    if (text.plural) plurals++;
    for (const word of new Set(text.stems)) siblingWords.set(word, (siblingWords.get(word) ?? 0) + 1);
    forms.set(text.form, (forms.get(text.form) ?? 0) + 1);
  }
  const { parent } = context;
  return {
    context,
    count: children.length,
    requests,
    shapeRequests: requestsOf(certain),
    singletons,
    largest,
    collections,
    withChildren,
    withEnds,
    lexicon: lexicon / children.length,
    unknown: unknown / children.length,
    plurals,
    forms,
    parentText: parent === undefined ? undefined : context.texts.of(parent),
    parentWords: new Set(parent === undefined ? [] : context.texts.of(parent).stems),
    siblingWords,
  };
}
