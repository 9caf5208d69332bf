// Which literal children of a node are values of a parameter (`alice`, `bob`) rather than names (`posts`, `search`)?
//
// Decided by what siblings have in common and how often they come, never by a look at one of them. The weights are set
// by hand, on the cautious side: a value left literal gives a few endpoints too many; a name taken as a value hides an
// endpoint.
import type { PathStatistics } from './path-statistics.ts';
import type { TrieNode } from './trie.ts';
import { isReserved, isVersion, startsWithVerb } from './vocabulary.ts';

export interface ValueContext {
  /** 0 for the first segment of a path. */
  readonly depth: number;
  /** The segment in front is a parameter. */
  readonly afterParameter: boolean;
}

/** Fewer siblings never show a pattern. */
const fewest = 8;

/** After a parameter come the names of sub-resources; only very many siblings say otherwise. */
const fewestAfterParameter = 50;

/** Children, and parameters of a path, looked at per sibling: enough to see a structure, bounded under hostile cardinality. */
const maxFeatures = 64;

const threshold = 1.5;

/** The literal children of `node` that are values; empty when the evidence does not reach the threshold. */
export function valueChildren(
  node: TrieNode,
  paths: readonly PathStatistics[],
  context: ValueContext,
): TrieNode[] {
  // First segments are base paths and names of services.
  if (context.depth === 0) return [];
  const candidates = [...node.children.values()].filter(mayBeValue);
  const count = candidates.length;
  if (count < (context.afterParameter ? fewestAfterParameter : fewest)) return [];

  const features = candidates.map(child => featuresOf(child, paths));
  const siblingsWith = new Map<string, number>();
  for (const set of features)
    for (const feature of set) siblingsWith.set(feature, (siblingsWith.get(feature) ?? 0) + 1);

  const common = Math.max(2, count / 10);
  const isPrivate = (feature: string) => siblingsWith.get(feature) === 1 && !feature.startsWith('method:');
  const alike = candidates.filter((_, index) => {
    const own = [...(features[index] ?? [])];
    const shared = own.filter(feature => (siblingsWith.get(feature) ?? 0) >= common).length;
    return shared >= 0.6 * own.length && own.filter(isPrivate).length <= 1;
  });
  const share = (test: (child: TrieNode, index: number) => boolean) => candidates.filter(test).length / count;
  const evidence = [
    // The longer the row, the less likely somebody wrote each name into the program.
    count >= 200 ? 2 : count >= 50 ? 1 : count >= 20 ? 0.5 : 0,
    // Structure that half of the siblings share: the sub-resources or parameters of one kind of thing.
    [...siblingsWith].some(([feature, number]) => !feature.startsWith('method:') && number >= count / 2)
      ? 1.5
      : 0,
    // Values keep coming new; names have all been seen soon.
    share(child => child.requests <= 2) >= 0.3 ? 1 : 0,
    share(child => /\d/.test(child.text ?? '')) >= 0.5 ? 1 : 0,
    // Names have parameters and sub-paths of their own.
    share((_, index) => [...(features[index] ?? [])].some(isPrivate)) > 0.3 ? -2 : 0,
    share(child => startsWithVerb(child.text ?? '')) > 0.25 ? -2 : 0,
  ];
  const score = evidence.reduce((sum, part) => sum + part, 0);
  return score >= threshold && alike.length >= fewest ? alike : [];
}

function mayBeValue(child: TrieNode): boolean {
  if (child.text === undefined || isReserved(child.text) || isVersion(child.text)) return false;
  // What has identifiers below it is the name of a collection.
  for (const grandchild of child.children.values()) if (grandchild.shape !== undefined) return false;
  return true;
}

/** What is below or at a node, in words that can be compared between siblings. */
function featuresOf(node: TrieNode, paths: readonly PathStatistics[]): Set<string> {
  const features = new Set<string>();
  for (const end of node.ends) {
    const path = paths[end];
    if (path === undefined) continue;
    features.add(`method:${path.method}`);
    for (const key of path.keys.slice(0, maxFeatures)) features.add(`key:${path.method}:${key}`);
  }
  let seen = 0;
  for (const child of node.children.values()) {
    if (++seen > maxFeatures) break;
    features.add(`child:${child.text}`);
  }
  return features;
}
