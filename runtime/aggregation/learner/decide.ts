// The walk that turns a trie into templates: top-down, per place, certain values first, then judged texts; into literals,
// then into the merged values. Counters are only read, so that the next walk can decide otherwise.
import { describePlace, type PlaceRows } from './child-features.ts';
import { callerWords, protectedWords } from './lexicon.ts';
import { type Mask, type Place, requestsOf } from './siblings.ts';
import type { TextCache } from './text-features.ts';
import { isLiteralToken, isShapeToken, shapeOf, type TrieNode } from './trie.ts';

/** Gives each text of a place its log-odds of being a value. */
export type Judge = (rows: PlaceRows) => readonly number[];

/** An operator's word on a text below a template; see `TemplateLearner.pin`. */
export type Override = (path: readonly string[], token: string) => 'literal' | 'parameter' | undefined;

/** A decided place: what follows is a literal, or a parameter (one per file suffix, usually only ''). */
export interface Decided {
  readonly place: Place;
  readonly literals: ReadonlyMap<string, Decided>;
  readonly parameters: ReadonlyMap<string, DecidedParameter>;
}

export interface DecidedParameter extends Decided {
  /** Requests by shape class of the value; `string` for judged texts. */
  readonly shapes: ReadonlyMap<string, number>;
  /** Different texts that were judged to be values, those folded earlier as far as they can be told apart. */
  readonly texts: number;
}

/** What was decided of one text, and by which rule. */
export interface Verdict {
  readonly score: number;
  readonly isValue: boolean;
  readonly reason: 'score' | 'protected word' | 'majority of the siblings' | 'numbered like its siblings';
}

export interface WalkOptions {
  readonly judge: Judge;
  readonly texts: TextCache;
  readonly override?: Override;
  /** Texts that an earlier walk took for values. */
  readonly isValue?: Mask;
}

// The cost of one wrong merge is an endpoint lost; that of one wrong split is an endpoint too many. Equal, but for these:
/** A protected word needs this much log-odds to be taken for a value. */
const protectedMargin = 1.5;
/** When so many siblings are values, the rest are too … */
const majority = 0.8;
/** … unless they score below this. */
const majorityMargin = -1.5;
const majorityCount = 5;
const maximumSuffixes = 4;
/** So many texts that differ in their numbers only are values, whatever they score: nobody writes as many routes. */
const numberedCount = 12;

interface MergedValues {
  readonly nodes: TrieNode[];
  readonly shapes: Map<string, number>;
  texts: number;
}

/** Decides every place of a host's trie. */
export function walk(root: TrieNode, options: WalkOptions): Decided {
  const { judge, override } = options;
  const describe = placeDescriber(root, options);
  const visit = (place: Place, path: readonly string[], parent: string | undefined): Decided => {
    const rows = describe(place, path, parent);
    const values = certainValues(rows);
    const literals = new Map<string, Decided>();
    const verdicts = judgePlace(rows, judge);
    for (const [i, token] of rows.tokens.entries()) {
      const child = rows.children.get(token) as Place;
      const said = override?.(path, token);
      if (said === 'parameter' || (said === undefined && verdicts[i]?.isValue === true))
        merge(values, '', 'string', child, 1);
      else literals.set(token, visit(child, [...path, token], token));
    }
    const parameters = new Map<string, DecidedParameter>();
    for (const [suffix, { nodes, shapes, texts }] of values)
      parameters.set(suffix, { ...visit(nodes, [...path, `{}${suffix}`], undefined), shapes, texts });
    return { place, literals, parameters };
  };
  return visit([root], [], undefined);
}

/** Describes places of one host: what a walk needs at each step, and an explanation at the ones it is asked for. */
export function placeDescriber(root: TrieNode, options: Pick<WalkOptions, 'texts' | 'isValue'>) {
  const { texts, isValue = () => false } = options;
  const occurrences = countOccurrences(root);
  return (place: Place, path: readonly string[], parent: string | undefined): PlaceRows =>
    describePlace(place, {
      depth: path.length,
      parent,
      parentIsParameter: path.length > 0 && parent === undefined,
      occurrences,
      texts,
      isValue,
    });
}

/** Which texts of a place are values, in the order of `rows.tokens`. */
export function judgePlace(rows: PlaceRows, judge: Judge): Verdict[] {
  if (rows.tokens.length === 0) return [];
  const margins = rows.tokens.map(marginOf);
  const verdicts = judge(rows).map((score, i): Verdict => {
    const margin = margins[i] as number;
    return {
      score,
      isValue: score > margin,
      reason: score > 0 && score <= margin ? 'protected word' : 'score',
    };
  });
  markNumbered(rows.tokens, verdicts);
  const count = verdicts.filter(verdict => verdict.isValue).length;
  if (count === verdicts.length || verdicts.length < majorityCount || count < majority * verdicts.length)
    return verdicts;
  return verdicts.map((verdict, i) =>
    !verdict.isValue && verdict.score > majorityMargin + (margins[i] as number)
      ? { ...verdict, isValue: true, reason: 'majority of the siblings' }
      : verdict,
  );
}

/** `Users(17)`, `item-4`: equal but for their digits. */
function markNumbered(tokens: readonly string[], verdicts: Verdict[]): void {
  if (tokens.length < numberedCount) return;
  const groups = new Map<string, number[]>();
  for (const [i, token] of tokens.entries()) {
    if (!/\d/.test(token)) continue;
    const form = token.replace(/\d+/g, '0');
    const group = groups.get(form);
    if (group === undefined) groups.set(form, [i]);
    else group.push(i);
  }
  for (const group of groups.values()) {
    if (group.length < numberedCount) continue;
    for (const i of group) {
      const verdict = verdicts[i] as Verdict;
      if (!verdict.isValue) verdicts[i] = { ...verdict, isValue: true, reason: 'numbered like its siblings' };
    }
  }
}

function marginOf(token: string): number {
  const text = token.toLowerCase();
  if (callerWords.has(text)) return Number.POSITIVE_INFINITY;
  return protectedWords.has(text) ? protectedMargin : 0;
}

/** Certain values of a place, by file suffix. Many suffixes are files of one collection, not formats of one resource. */
function certainValues(rows: PlaceRows): Map<string, MergedValues> {
  const values = new Map<string, MergedValues>();
  const suffixes = new Set<string>();
  for (const token of rows.children.keys()) if (isShapeToken(token)) suffixes.add(shapeOf(token).suffix);
  for (const [token, nodes] of rows.children) {
    if (isLiteralToken(token)) continue;
    const { shape, suffix } = isShapeToken(token) ? shapeOf(token) : { shape: 'string', suffix: '' };
    merge(values, suffixes.size > maximumSuffixes ? '' : suffix, shape, nodes);
  }
  return values;
}

function merge(
  values: Map<string, MergedValues>,
  suffix: string,
  shape: string,
  nodes: Place,
  texts = 0,
): void {
  let merged = values.get(suffix);
  if (merged === undefined) {
    merged = { nodes: [], shapes: new Map(), texts: 0 };
    values.set(suffix, merged);
  }
  for (const node of nodes) {
    merged.nodes.push(node);
    if (node.folded !== undefined) merged.texts += Math.round(node.folded.estimate());
  }
  merged.texts += texts;
  merged.shapes.set(shape, (merged.shapes.get(shape) ?? 0) + requestsOf(nodes));
}

function countOccurrences(root: TrieNode): Map<string, number> {
  const occurrences = new Map<string, number>();
  const visit = (node: TrieNode): void => {
    for (const [token, child] of node.children ?? []) {
      if (isLiteralToken(token)) occurrences.set(token, (occurrences.get(token) ?? 0) + 1);
      visit(child);
    }
  };
  visit(root);
  return occurrences;
}
