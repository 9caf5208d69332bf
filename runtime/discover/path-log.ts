// Which path each exchange had, so that a file need not be read twice to be assigned.
import type { PathSegment } from '../aggregation/learner/observation.ts';

export interface LoggedPath {
  readonly host: string;
  readonly method: string;
  readonly segments: readonly PathSegment[];
}

/** Different paths that are remembered: some 300 bytes each. */
const maxPaths = 500_000;
const refused = -1;

/** Four bytes per exchange while there are few enough different paths; more, and it gives up. */
export class PathLog {
  readonly #ids = new Map<string, number>();
  readonly #paths: LoggedPath[] = [];
  #entries = new Int32Array(65_536);
  #length = 0;
  #complete = true;

  /** Whether everything that was added is remembered. */
  get complete(): boolean {
    return this.#complete;
  }

  /** `path` undefined: the exchange was refused. */
  add(path: LoggedPath | undefined): void {
    if (!this.#complete) return;
    if (this.#length === this.#entries.length) {
      const grown = new Int32Array(2 * this.#length);
      grown.set(this.#entries);
      this.#entries = grown;
    }
    this.#entries[this.#length++] = path === undefined ? refused : this.#idOf(path);
  }

  /** For each exchange in order what `of` says about its path, asked once per path; null for a refused one. */
  *map<T>(of: (path: LoggedPath) => T): Generator<T | null> {
    const answers = this.#paths.map(of);
    for (let i = 0; i < this.#length; i++) {
      const id = this.#entries[i] as number;
      yield id === refused ? null : (answers[id] as T);
    }
  }

  #idOf(path: LoggedPath): number {
    const key = JSON.stringify([path.host, path.method, path.segments]);
    let id = this.#ids.get(key);
    if (id !== undefined) return id;
    id = this.#paths.length;
    if (id >= maxPaths) {
      this.#complete = false;
      this.#ids.clear();
      this.#paths.length = 0;
      this.#entries = new Int32Array(0);
      return refused;
    }
    this.#ids.set(key, id);
    this.#paths.push(path);
    return id;
  }
}
