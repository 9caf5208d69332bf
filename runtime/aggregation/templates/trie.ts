import type { PathSegment, PathStatistics } from './path-statistics.ts';

/** A position in the paths of a host, shared by all methods. */
export interface TrieNode {
  /** The literal, or undefined for a shape and for the root. */
  readonly text: string | undefined;
  readonly shape: string | undefined;
  readonly children: Map<string, TrieNode>;
  /** Indices of the paths that end here. */
  readonly ends: number[];
  /** Requests of the paths that pass or end here. */
  requests: number;
}

export function buildTrie(paths: readonly PathStatistics[]): TrieNode {
  const root = newNode(undefined, undefined);
  for (const [index, path] of paths.entries()) {
    let node = root;
    node.requests += path.requests;
    for (const segment of path.segments) {
      node = childOf(node, segment);
      node.requests += path.requests;
    }
    node.ends.push(index);
  }
  return root;
}

/** A node that stands for all of `nodes`: their subtrees laid over each other. The originals stay as they are. */
export function overlay(nodes: readonly TrieNode[]): TrieNode {
  const [only] = nodes;
  if (only !== undefined && nodes.length === 1) return only;
  const merged = newNode(undefined, undefined);
  const groups = new Map<string, TrieNode[]>();
  for (const node of nodes) {
    merged.requests += node.requests;
    for (const end of node.ends) merged.ends.push(end);
    for (const [key, child] of node.children) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [child]);
      else group.push(child);
    }
  }
  for (const [key, group] of groups) {
    const [first] = group;
    if (first === undefined) continue;
    merged.children.set(key, { ...overlay(group), text: first.text, shape: first.shape });
  }
  return merged;
}

function childOf(node: TrieNode, segment: PathSegment): TrieNode {
  const literal = typeof segment === 'string' ? segment : undefined;
  const shape = typeof segment === 'string' ? undefined : segment.shape;
  const key = shape === undefined ? `literal:${literal}` : `shape:${shape}`;
  let child = node.children.get(key);
  if (child === undefined) {
    child = newNode(literal, shape);
    node.children.set(key, child);
  }
  return child;
}

function newNode(text: string | undefined, shape: string | undefined): TrieNode {
  return { text, shape, children: new Map(), ends: [], requests: 0 };
}
