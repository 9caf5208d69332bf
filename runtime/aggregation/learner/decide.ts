// The walk that turns a trie into templates: top-down, per place, certain values first, then judged texts; into literals,
// then into the merged values. Counters are only read, so that the next walk can decide otherwise.
import { describePlace, type PlaceRows } from './child-features.ts';
import type { Lexicon } from './lexicon.ts';
import { protectedWords } from './lexicon.ts';
import { type Mask, type Place, requestsOf } from './siblings.ts';
import { isLiteralToken, isShapeToken, shapeOf, type TrieNode } from './trie.ts';

/** Gives each text of a place its log-odds of being a value. */
export type Judge = (rows: PlaceRows) => readonly number[];

/** An operator's word on a text below a template; see `TemplateLearner.pin`. */
export type Override = (path: readonly string[], token: string) => 'literal' | 'parameter' | undefined;

/** A decided place: what follows is a literal, or a parameter (one per file suffix, usually only ''). */
export interface Decided {
  readonly place: Place;
  readonly literals: ReadonlyMap<string, Decided>;
  readonly parameters: ReadonlyMap<string, Decided>;
}

export interface WalkOptions {
  readonly judge: Judge;
  readonly lexicon: Lexicon;
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

/** Decides every place of a host's trie. */
export function walk(root: TrieNode, options: WalkOptions): Decided {
  const { judge, lexicon, override, isValue = () => false } = options;
  const occurrences = countOccurrences(root);
  const visit = (place: Place, path: readonly string[], parent: string | undefined): Decided => {
    const context = { depth: path.length, parent, parentIsParameter: path.length > 0 && parent === undefined, occurrences, lexicon, isValue };
    const rows = describePlace(place, context);
    const parameters = certainValues(rows);
    const literals = new Map<string, Decided>();
    const values = judgedValues(rows, judge);
    for (const [i, token] of rows.tokens.entries()) {
      const child = rows.children.get(token) as Place;
      const said = override?.(path, token);
      if (said === 'parameter' || (said === undefined && values[i] === true)) append(parameters, '', child);
      else literals.set(token, visit(child, [...path, token], token));
    }
    const decided = new Map<string, Decided>();
    for (const [suffix, nodes] of parameters) decided.set(suffix, visit(nodes, [...path, `{}${suffix}`], undefined));
    return { place, literals, parameters: decided };
  };
  return visit([root], [], undefined);
}

/** Which texts of a place are values. */
export function judgedValues(rows: PlaceRows, judge: Judge): boolean[] {
  if (rows.tokens.length === 0) return [];
  const scores = judge(rows);
  const margins = rows.tokens.map(token => (protectedWords.has(token.toLowerCase()) ? protectedMargin : 0));
  const values = scores.map((score, i) => score > (margins[i] as number));
  const count = values.filter(Boolean).length;
  if (values.length >= majorityCount && count >= majority * values.length)
    return values.map((value, i) => value || (scores[i] as number) > majorityMargin + (margins[i] as number));
  return values;
}

/** Certain values of a place, by file suffix. Many suffixes are files of one collection, not formats of one resource. */
function certainValues(rows: PlaceRows): Map<string, TrieNode[]> {
  const parameters = new Map<string, TrieNode[]>();
  const suffixes = new Set<string>();
  for (const token of rows.children.keys()) if (isShapeToken(token)) suffixes.add(shapeOf(token).suffix);
  const together = suffixes.size > 4;
  for (const [token, nodes] of rows.children) {
    if (isLiteralToken(token)) continue;
    append(parameters, together || !isShapeToken(token) ? '' : shapeOf(token).suffix, nodes);
  }
  return parameters;
}

function append(parameters: Map<string, TrieNode[]>, suffix: string, nodes: Place): void {
  const known = parameters.get(suffix);
  if (known === undefined) parameters.set(suffix, [...nodes]);
  else known.push(...nodes);
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

/** Requests of a decided place. */
export function decidedRequests(decided: Decided): number {
  return requestsOf(decided.place);
}
