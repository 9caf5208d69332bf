/** Counters by name, for few names: two arrays take a fraction of a Map's memory and are as fast below some 20 names. */
export class Counts {
  readonly names: string[] = [];
  readonly values: number[] = [];

  /** Adds; a new name beyond `limit` names is ignored and false returned. */
  add(name: string, count: number, limit = Number.POSITIVE_INFINITY): boolean {
    const index = this.names.indexOf(name);
    if (index >= 0) {
      this.values[index] = (this.values[index] as number) + count;
      return true;
    }
    if (this.names.length >= limit) return false;
    this.names.push(name);
    this.values.push(count);
    return true;
  }

  addAll(other: Counts, limit?: number): void {
    for (let i = 0; i < other.names.length; i++)
      this.add(other.names[i] as string, other.values[i] as number, limit);
  }

  /** Name and count pairs in the order of names, the same whatever the order of additions. */
  toSorted(): [string, number][] {
    return this.names
      .map((name, i): [string, number] => [name, this.values[i] as number])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
