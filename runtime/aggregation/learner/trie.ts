// The counters that everything is learnt from: one trie of path segments per host. Shape classes replace texts that are
// certainly values; every other text keeps a node of its own, so that any decision can be taken back later.
import { Counts } from './counts.ts';
import { DistinctCounter } from './distinct.ts';
import type { LearnerLimits } from './limits.ts';
import {
  contentClass,
  normalMethod,
  type PathCounters,
  type PathObservation,
  type PathSegment,
} from './observation.ts';
import { classify } from './path-shape.ts';

// Keys of children that are not literal texts start with a control character; a text that starts so is a value anyway.
const shapeMark = '\u0001';
/** Children that were folded to keep within the limits. */
export const foldedToken = '\u0002';
const fileSuffix =
  /^(.+)(\.(?:json|xml|csv|pdf|html|txt|mp3|mp4|wav|png|jpg|svg|zip|yaml|atom|rss)|:[a-z][A-Za-z]+)$/;

/** Status and content class pairs counted per method of a path. */
const outcomeLimit = 64;

export const shapeToken = (shape: string, suffix = ''): string =>
  `${shapeMark}${shape}${suffix && ` ${suffix}`}`;
export const isShapeToken = (token: string): boolean => token.charCodeAt(0) === 1;
export const isLiteralToken = (token: string): boolean => token.charCodeAt(0) > 2;
/** `integer` and `.json` of the token of `12.json`. */
export function shapeOf(token: string): { readonly shape: string; readonly suffix: string } {
  const [shape = '', suffix = ''] = token.slice(1).split(' ');
  return { shape, suffix };
}

/** The child key of a segment: its text, or its shape class with a file or verb suffix kept apart (`12.json`, `12:undelete`). */
export function tokenOf(segment: PathSegment): string {
  if (typeof segment !== 'string') return shapeToken(shapeName(segment.shape));
  const shape = classify(segment);
  // `3e181aa962740f.json` as a whole looks like a code.
  if (shape !== undefined && shape !== 'domain' && shape !== 'code') return shapeToken(shape);
  const suffixed = /[.:]/.test(segment) ? fileSuffix.exec(segment) : null;
  if (suffixed !== null) {
    const stem = classify(suffixed[1] as string);
    if (stem !== undefined) return shapeToken(stem, suffixed[2] as string);
  }
  if (shape !== undefined) return shapeToken(shape);
  if (segment.charCodeAt(0) < 32 || segment === '') return shapeToken('random');
  return segment;
}

/** Classes of whoever replaced the text earlier, in the terms of `classify`. */
const otherNames: Readonly<Record<string, string>> = {
  float: 'number',
  token: 'random',
  ipv4: 'ip',
  ipv6: 'ip',
};
const shapeName = (shape: string): string => otherNames[shape] ?? shape.replace(/[^a-z-]/g, '');

/** What is counted of one method on one path. */
export class MethodCounters {
  requests = 0;
  /** By `GET 200 json`: method, status and class of the response's content type. */
  readonly outcomes = new Counts();
  /** By `GET q:name` and `GET b:name`; with the method, because places are compared by these names. */
  readonly keys = new Counts();
}

export class TrieNode {
  /** Requests whose path passes or ends here. */
  requests = 0;
  children: Map<string, TrieNode> | undefined;
  methods: Map<string, MethodCounters> | undefined;
  /** Distinct texts, when this node is the folded child of its parent. */
  folded: DistinctCounter | undefined;
  firstSeenMs = 0;
  lastSeenMs = 0;
}

/** Adds `node`'s counters to `into`. Commutative and associative as long as no limit is passed. Returns nodes created. */
export function mergeNode(into: TrieNode, node: TrieNode, limits: LearnerLimits): number {
  into.requests += node.requests;
  touch(into, node.firstSeenMs, node.lastSeenMs);
  if (node.folded !== undefined) {
    into.folded ??= new DistinctCounter();
    into.folded.merge(node.folded);
  }
  for (const [method, counters] of node.methods ?? []) {
    const mine = methodOf(into, method);
    mine.requests += counters.requests;
    mine.outcomes.addAll(counters.outcomes);
    mine.keys.addAll(counters.keys, limits.keys);
  }
  let created = 0;
  for (const [token, child] of node.children ?? []) {
    const [mine, isNew] = childOf(into, token);
    created += (isNew ? 1 : 0) + mergeNode(mine, child, limits);
  }
  return created;
}

function touch(node: TrieNode, firstSeenMs: number, lastSeenMs: number): void {
  if (firstSeenMs > 0 && (node.firstSeenMs === 0 || firstSeenMs < node.firstSeenMs))
    node.firstSeenMs = firstSeenMs;
  if (lastSeenMs > node.lastSeenMs) node.lastSeenMs = lastSeenMs;
}

function methodOf(node: TrieNode, method: string): MethodCounters {
  node.methods ??= new Map();
  let counters = node.methods.get(method);
  if (counters === undefined) {
    counters = new MethodCounters();
    node.methods.set(method, counters);
  }
  return counters;
}

function childOf(node: TrieNode, token: string): [TrieNode, boolean] {
  node.children ??= new Map();
  let child = node.children.get(token);
  if (child !== undefined) return [child, false];
  child = new TrieNode();
  node.children.set(token, child);
  return [child, true];
}

/** Tries of all hosts with their limits. */
export class Trie {
  readonly hosts = new Map<string, TrieNode>();
  readonly limits: LearnerLimits;
  nodes = 0;
  /** Observations refused because of the limit of hosts, in requests. */
  refusedRequests = 0;
  /** Nodes folded because of the limits of children and nodes. */
  foldedNodes = 0;

  constructor(limits: LearnerLimits) {
    this.limits = limits;
  }

  /** Root of a host; undefined when the limit of hosts is reached. */
  host(name: string): TrieNode | undefined {
    let root = this.hosts.get(name);
    if (root === undefined && this.hosts.size < this.limits.hosts) {
      root = new TrieNode();
      this.hosts.set(name, root);
      this.nodes++;
    }
    return root;
  }

  add(observation: PathObservation): void {
    const count = observation.requests ?? 1;
    const firstSeenMs = observation.firstSeenMs ?? 0;
    const lastSeenMs = observation.lastSeenMs ?? firstSeenMs;
    const counters = this.countersOf(observation, count, firstSeenMs, lastSeenMs);
    if (counters === undefined) return;
    const method = normalMethod(observation.method);
    counters.outcomes.add(
      `${method} ${statusOf(observation.status)} ${contentClass(observation.responseContentType)}`,
      count,
      outcomeLimit,
    );
    for (const key of observation.queryKeys ?? []) this.addKey(counters, method, 'q', key, count);
    for (const key of observation.bodyKeys ?? []) this.addKey(counters, method, 'b', key, count);
    if (this.nodes > this.limits.nodes) this.compact();
  }

  /** Adds requests that agree in their path only. */
  addPath(path: PathCounters): void {
    const counters = this.countersOf(path, path.requests, path.firstSeenMs, path.lastSeenMs);
    if (counters === undefined) return;
    const method = normalMethod(path.method);
    for (const { status, responseContentType, requests } of path.outcomes)
      counters.outcomes.add(
        `${method} ${statusOf(status)} ${contentClass(responseContentType)}`,
        requests,
        outcomeLimit,
      );
    for (const [key, count] of path.queryKeys) this.addKey(counters, method, 'q', key, count);
    for (const [key, count] of path.bodyKeys) this.addKey(counters, method, 'b', key, count);
    if (this.nodes > this.limits.nodes) this.compact();
  }

  private addKey(counters: MethodCounters, method: string, location: 'q' | 'b', key: string, count: number) {
    counters.keys.add(`${method} ${location}:${key.slice(0, 64)}`, count, this.limits.keys);
  }

  /** Counters of a path's method, with the requests added on the way; undefined beyond the limit of hosts. */
  private countersOf(
    { host, method, segments }: Pick<PathObservation, 'host' | 'method' | 'segments'>,
    count: number,
    firstSeenMs: number,
    lastSeenMs: number,
  ): MethodCounters | undefined {
    const root = this.host(host);
    if (root === undefined) {
      this.refusedRequests += count;
      return undefined;
    }
    let node = root;
    node.requests += count;
    touch(node, firstSeenMs, lastSeenMs);
    const depth = Math.min(segments.length, this.limits.depth);
    for (let i = 0; i < depth; i++) {
      const last = i === this.limits.depth - 1 && segments.length > depth;
      const token = last ? shapeToken('long') : tokenOf(segments[i] as PathSegment);
      node = this.descend(node, token);
      node.requests += count;
      touch(node, firstSeenMs, lastSeenMs);
    }
    const counters = methodOf(node, normalMethod(method));
    counters.requests += count;
    return counters;
  }

  /** Adds the counters of another trie's host. */
  mergeHost(name: string, other: TrieNode): void {
    const root = this.host(name);
    if (root === undefined) {
      this.refusedRequests += other.requests;
      return;
    }
    this.nodes += mergeNode(root, other, this.limits);
    if (this.nodes > this.limits.nodes) this.compact();
  }

  private descend(node: TrieNode, token: string): TrieNode {
    const [child, isNew] = childOf(node, token);
    if (!isNew) return child;
    this.nodes++;
    const { children } = node;
    if (children === undefined || children.size <= this.limits.children) return child;
    this.foldChildren(node, child);
    return child;
  }

  /** Folds the rarer half of a node's literal children into one, but not `keep`: amortised constant work per new child. */
  private foldChildren(node: TrieNode, keep?: TrieNode): void {
    const literal = [...(node.children ?? [])].filter(
      ([token, child]) => isLiteralToken(token) && child !== keep,
    );
    literal.sort(([a, x], [b, y]) => x.requests - y.requests || (a < b ? -1 : 1));
    for (const [token, child] of literal.slice(0, literal.length >> 1)) this.fold(node, token, child);
  }

  private fold(parent: TrieNode, token: string, child: TrieNode): void {
    parent.children?.delete(token);
    const [folded, isNew] = childOf(parent, foldedToken);
    folded.folded ??= new DistinctCounter();
    folded.folded.add(token);
    const created = mergeNode(folded, child, this.limits) + (isNew ? 1 : 0);
    const removed = countNodes(child);
    this.nodes += created - removed;
    this.foldedNodes += removed;
    // What gathers in the folded child is bounded like any other place: learning looks at all children of one.
    if ((folded.children?.size ?? 0) > this.limits.children) this.foldChildren(folded);
  }

  /**
   * Folds the rarest paths of all hosts until a quarter of the allowed nodes is free again; shape classes only when
   * literals are not enough (a hostile client can combine classes over many levels).
   */
  compact(): void {
    const target = this.limits.nodes * 0.75;
    for (const shapesToo of [false, true])
      for (let threshold = 1; this.nodes > target && threshold < 2 ** 40; threshold *= 4)
        for (const root of this.hosts.values()) this.foldRare(root, threshold, target, shapesToo);
  }

  private foldRare(node: TrieNode, threshold: number, target: number, shapesToo: boolean): void {
    for (const [token, child] of [...(node.children ?? [])]) {
      if (this.nodes <= target) return;
      if (child.requests > threshold || token === foldedToken) continue;
      if (isLiteralToken(token) || shapesToo || token.includes(' ')) this.fold(node, token, child);
    }
    for (const child of node.children?.values() ?? []) this.foldRare(child, threshold, target, shapesToo);
  }
}

function statusOf(status: number | undefined): number {
  return status !== undefined && status >= 100 && status <= 599 ? Math.trunc(status) : 0;
}

export function countNodes(node: TrieNode): number {
  let count = 1;
  for (const child of node.children?.values() ?? []) count += countNodes(child);
  return count;
}
