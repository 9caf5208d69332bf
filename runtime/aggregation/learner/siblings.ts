// What a node's children have in common: the suffix features of each child compared with its siblings'.
import type { Counts } from './counts.ts';
import { isLiteralToken, isShapeToken, type TrieNode } from './trie.ts';

/** Several trie nodes that are one place of the inventory: the values of a parameter merged, or a single node. */
export type Place = readonly TrieNode[];

/** Children of a place by token. */
export function childrenOf(place: Place): Map<string, TrieNode[]> {
  const children = new Map<string, TrieNode[]>();
  for (const node of place)
    for (const [token, child] of node.children ?? []) {
      const known = children.get(token);
      if (known === undefined) children.set(token, [child]);
      else known.push(child);
    }
  return children;
}

export function requestsOf(place: Place): number {
  let requests = 0;
  for (const node of place) requests += node.requests;
  return requests;
}

/** Groups of suffix features, coarse to fine. */
export const featureGroups = ['method', 'outcome', 'key', 'child', 'grandchild'] as const;
const groupCount = featureGroups.length;

/** Suffix features of one child: per group, feature → requests that showed it. */
export interface Suffixes {
  readonly requests: number;
  readonly groups: readonly Map<string, number>[];
  /** Whether a value with a certain shape follows: the mark of a collection's name. */
  readonly hasShapeChild: boolean;
  readonly childCount: number;
  /** Requests that end here. */
  readonly ended: number;
}

/** Whether a text is known to be a value, so that what hangs below it is compared without it. */
export type Mask = (token: string) => boolean;

export function suffixesOf(child: Place, isValue: Mask): Suffixes {
  const mask = (token: string): string => (!isLiteralToken(token) || isValue(token) ? '{}' : token);
  // Most children are leaves: groups without features share one empty map.
  const groups: Map<string, number>[] = featureGroups.map(() => none);
  const add = (g: number, feature: string, count: number): void => {
    let group = groups[g] as Map<string, number>;
    if (group === none) {
      group = new Map();
      groups[g] = group;
    }
    group.set(feature, (group.get(feature) ?? 0) + count);
  };
  let requests = 0;
  let ended = 0;
  let hasShapeChild = false;
  for (const node of child) {
    requests += node.requests;
    if (node.methods !== undefined)
      for (const [method, counters] of node.methods) {
        ended += counters.requests;
        add(0, method, counters.requests);
        addCounts(1, counters.outcomes, add);
        addCounts(2, counters.keys, add);
      }
    if (node.children !== undefined)
      for (const [token, next] of node.children) {
        if (isShapeToken(token)) hasShapeChild = true;
        const masked = mask(token);
        add(3, masked, next.requests);
        if (next.children !== undefined)
          for (const [token2, next2] of next.children) add(4, `${masked}/${mask(token2)}`, next2.requests);
      }
  }
  return { requests, groups, hasShapeChild, childCount: (groups[3] as Map<string, number>).size, ended };
}

const none: Map<string, number> = new Map();

function addCounts(
  g: number,
  counts: Counts,
  add: (g: number, feature: string, count: number) => void,
): void {
  for (let i = 0; i < counts.names.length; i++) add(g, counts.names[i] as string, counts.values[i] as number);
}

/** How one group of a child's features relates to the siblings'. */
export interface GroupComparison {
  /** Features of the child. */
  readonly size: number;
  /** Share of them that are common among the siblings; 0 when the child has none. */
  readonly commonShare: number;
  /** Features that hardly any sibling has. */
  readonly privateCount: number;
  /** Expected requests to common features that the child never showed: −log-likelihood under a Poisson law. */
  readonly lacking: number;
  /** Mean share of siblings that have the child's features. */
  readonly support: number;
}

interface CommonFeature {
  readonly feature: string;
  readonly rate: number;
}

/** At most so many common features of a group are looked for in each child. */
const commonLimit = 48;

/** Compares children of one place with each other. */
export class SiblingTable {
  private readonly holders: readonly Map<string, number>[];
  private readonly common: readonly CommonFeature[][];
  private readonly threshold: number;
  private readonly count: number;

  constructor(children: readonly Suffixes[]) {
    this.count = children.length;
    this.threshold = Math.max(2, 0.1 * children.length);
    const holders = Array.from({ length: groupCount }, () => new Map<string, number>());
    const volumes = Array.from({ length: groupCount }, () => new Map<string, number>());
    let total = 0;
    for (const child of children) {
      total += child.requests;
      for (const [g, group] of child.groups.entries())
        for (const [feature, count] of group) {
          (holders[g] as Map<string, number>).set(
            feature,
            ((holders[g] as Map<string, number>).get(feature) ?? 0) + 1,
          );
          (volumes[g] as Map<string, number>).set(
            feature,
            ((volumes[g] as Map<string, number>).get(feature) ?? 0) + count,
          );
        }
    }
    this.holders = holders;
    this.common = holders.map((group, g) =>
      [...group]
        .filter(([, holderCount]) => holderCount >= this.threshold)
        .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
        .slice(0, commonLimit)
        .map(([feature]) => ({
          feature,
          rate: ((volumes[g] as Map<string, number>).get(feature) ?? 0) / total,
        })),
    );
  }

  compare(child: Suffixes, group: number): GroupComparison {
    const mine = child.groups[group] as Map<string, number>;
    const holders = this.holders[group] as Map<string, number>;
    let common = 0;
    let privateCount = 0;
    let support = 0;
    for (const feature of mine.keys()) {
      const holderCount = holders.get(feature) ?? 0;
      if (holderCount >= this.threshold) common++;
      else if (holderCount <= 1) privateCount++;
      support += (holderCount - 1) / Math.max(1, this.count - 1);
    }
    let lacking = 0;
    for (const { feature, rate } of this.common[group] as CommonFeature[])
      if (!mine.has(feature)) lacking += Math.min(3, child.requests * rate);
    const size = mine.size;
    return {
      size,
      commonShare: size === 0 ? 0 : common / size,
      privateCount,
      lacking,
      support: size === 0 ? 0 : support / size,
    };
  }
}
