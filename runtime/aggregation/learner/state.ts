// A trie as plain data, in an order that depends on its content only: equal tries give equal bytes.
import { DistinctCounter } from './distinct.ts';
import { MethodCounters, type Trie, TrieNode } from './trie.ts';

export const stateVersion = 1;

/** JSON form of a node: requests, first and last seen (ms), methods, children, registers of folded texts (base64). */
export type NodeState = readonly [
  requests: number,
  firstSeenMs: number,
  lastSeenMs: number,
  methods: readonly MethodState[],
  children: readonly (readonly [token: string, node: NodeState])[],
  folded?: string,
];
export type MethodState = readonly [
  method: string,
  requests: number,
  outcomes: readonly (readonly [string, number])[],
  keys: readonly (readonly [string, number])[],
];

/** What a learner knows, as JSON. Decisions are not in it: they follow from the counters. */
export interface LearnerState {
  readonly version: number;
  readonly refusedRequests: number;
  readonly foldedNodes: number;
  readonly hosts: readonly (readonly [host: string, root: NodeState])[];
}

const byName = ([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number =>
  a < b ? -1 : 1;

export function trieState(trie: Trie): LearnerState {
  return {
    version: stateVersion,
    refusedRequests: trie.refusedRequests,
    foldedNodes: trie.foldedNodes,
    hosts: [...trie.hosts].sort(byName).map(([host, root]) => [host, nodeState(root)] as const),
  };
}

function nodeState(node: TrieNode): NodeState {
  const methods = [...(node.methods ?? [])].sort(byName);
  const children = [...(node.children ?? [])].sort(byName);
  const state = [
    node.requests,
    node.firstSeenMs,
    node.lastSeenMs,
    methods.map(([method, c]) => [method, c.requests, c.outcomes.toSorted(), c.keys.toSorted()] as const),
    children.map(([token, child]) => [token, nodeState(child)] as const),
  ] as const;
  return node.folded === undefined
    ? state
    : [...state, Buffer.from(node.folded.registers).toString('base64')];
}

/** Throws when the state was written by another version. */
export function checkState(state: LearnerState): void {
  if (state?.version !== stateVersion || !Array.isArray(state.hosts))
    throw new Error(
      `learner state has version ${JSON.stringify(state?.version)}, this code reads ${stateVersion}`,
    );
}

export function nodeOf(state: NodeState): TrieNode {
  const [requests, firstSeenMs, lastSeenMs, methods, children, folded] = state;
  const node = new TrieNode();
  node.requests = requests;
  node.firstSeenMs = firstSeenMs;
  node.lastSeenMs = lastSeenMs;
  for (const [method, count, outcomes, keys] of methods) {
    const counters = new MethodCounters();
    counters.requests = count;
    for (const [name, value] of outcomes) counters.outcomes.add(name, value);
    for (const [name, value] of keys) counters.keys.add(name, value);
    node.methods ??= new Map();
    node.methods.set(method, counters);
  }
  for (const [token, child] of children) {
    node.children ??= new Map();
    node.children.set(token, nodeOf(child));
  }
  if (folded !== undefined) node.folded = new DistinctCounter(new Uint8Array(Buffer.from(folded, 'base64')));
  return node;
}
