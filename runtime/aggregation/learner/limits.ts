/** Bounds of a learner's memory. Beyond them counters are folded, never lost silently: see `LearnerStatistics`. */
export interface LearnerLimits {
  /** Trie nodes over all hosts. Default 300,000 (about 600 bytes each). */
  readonly nodes: number;
  /** Children of one node that are counted one by one; when passed, the rarer half is folded. Default 2,048. */
  readonly children: number;
  /** Hosts; observations of further ones are refused. Default 2,000. */
  readonly hosts: number;
  /** Path segments; what follows is cut and replaced by one class. Default 24. */
  readonly depth: number;
  /** Query and body key names counted per method of a path. Default 48. */
  readonly keys: number;
}

export const defaultLimits: LearnerLimits = {
  nodes: 300_000,
  children: 2_048,
  hosts: 2_000,
  depth: 24,
  keys: 48,
};
