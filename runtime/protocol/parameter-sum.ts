// The sum of what observations say about one parameter.
import type { Parameter } from './generated/findings.ts';
import { addCounts } from './limits.ts';

/** Hashes of distinct values that are kept: the smallest, so that the union of two sums is theirs. */
export const maxValueHashes = 32;

/** Highest score, in hundredths. */
export const maxScore = 1000;

/** Types and classes come from closed lists; a sender that makes up its own gets no further. */
const maxTypes = 64;
const maxClasses = 128;

export class ParameterSum {
  readonly #of: Pick<Parameter, 'location' | 'name'>;
  #requests = 0;
  readonly #types = new Map<string, number>();
  #valueHashes: number[] = [];
  #examined = 0;
  readonly #sensitive = new Map<string, { values: number; bestScore: number }>();

  constructor({ location, name }: Pick<Parameter, 'location' | 'name'>) {
    this.#of = { location, name };
  }

  /** Returns how many encoded bytes the sum may have grown by, estimated from above. */
  add(parameter: Parameter): number {
    let grown = 0;
    this.#requests = addCounts(this.#requests, parameter.requests);
    for (const { type, count } of parameter.types) {
      const known = this.#types.get(type);
      if (known === undefined) {
        if (this.#types.size >= maxTypes) continue;
        grown += 15 + type.length * 3;
      }
      this.#types.set(type, addCounts(known ?? 0, count));
    }
    for (const hash of parameter.valueHashes) if (this.#addHash(hash)) grown += 8;
    if (parameter.examined > 0) this.#examined = addCounts(this.#examined, parameter.examined);
    for (const { class: name, values, bestScore } of parameter.sensitive) {
      const known = this.#sensitive.get(name);
      if (known === undefined) {
        if (this.#sensitive.size >= maxClasses) continue;
        grown += 20 + name.length * 3;
        this.#sensitive.set(name, { values, bestScore });
      } else {
        known.values = addCounts(known.values, values);
        known.bestScore = Math.max(known.bestScore, bestScore);
      }
    }
    return grown;
  }

  toParameter(): Parameter {
    return {
      ...this.#of,
      requests: this.#requests,
      types: sorted(this.#types).map(([type, count]) => ({ type, count })),
      valueHashes: [...this.#valueHashes],
      examined: this.#examined,
      sensitive: sorted(this.#sensitive).map(([name, item]) => ({ class: name, ...item })),
    };
  }

  /** Returns whether the list has become longer. */
  #addHash(hash: number): boolean {
    const hashes = this.#valueHashes;
    const full = hashes.length >= maxValueHashes;
    if (full && hash >= (hashes[maxValueHashes - 1] ?? 0)) return false;
    let at = hashes.length;
    while (at > 0 && (hashes[at - 1] ?? 0) >= hash) at--;
    if (hashes[at] === hash) return false;
    hashes.splice(at, 0, hash);
    if (full) hashes.pop();
    return !full;
  }
}

/** Of a parameter without types, hashes and classes. */
export const emptyParameterBytes = 4 + 2 + 4 + 9 + 9 + 4;

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return map.size < 2 ? [...map] : Array.from(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
