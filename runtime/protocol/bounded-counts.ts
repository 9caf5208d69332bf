// Counts of things by key, of which only the smallest keys are kept. Which ones stay does not depend on the order or
// grouping of what came, and whatever stays was never dropped on the way, so its count is exact.
import { addCounts } from './limits.ts';

export class BoundedCounts<T extends { requests: number }> {
  readonly #most: number;
  readonly #items = new Map<string, T>();
  #largest = '';

  /** `most`: keys that are kept, in UTF-16 code unit order. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Returns whether the key is new and kept. `item` is copied. */
  add(key: string, item: T): boolean {
    const known = this.#items.get(key);
    if (known !== undefined) {
      known.requests = addCounts(known.requests, item.requests);
      return false;
    }
    if (this.#items.size >= this.#most) {
      if (key > this.#largest) return false;
      this.#items.delete(this.#largest);
      this.#items.set(key, { ...item });
      this.#largest = largestOf(this.#items.keys());
      return true;
    }
    this.#items.set(key, { ...item });
    if (key > this.#largest) this.#largest = key;
    return true;
  }

  /** By key, ascending. */
  toArray(): T[] {
    const { size } = this.#items;
    if (size === 0) return [];
    if (size === 1) return [...this.#items.values()];
    return Array.from(this.#items)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, item]) => item);
  }
}

function largestOf(keys: Iterable<string>): string {
  let largest = '';
  for (const key of keys) if (key > largest) largest = key;
  return largest;
}
