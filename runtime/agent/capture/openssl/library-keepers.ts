import { mountsInUse } from '../process/mounts.ts';
import type { Turns } from '../turns.ts';
import type { ProcessEnds } from './process-ends.ts';
import { RecentUses } from './recent-uses.ts';

/** A library that no process uses now. */
export interface UnusedLibrary {
  readonly key: string;
  /** The mount it was opened on, if known. */
  readonly mount: number | undefined;
}

/**
 * Which libraries stay probed although nobody uses them: those that somebody probably will use soon, on a mount that a target keeps
 * in use anyway, as probes do. So nothing is kept from being unmounted.
 */
export class LibraryKeepers {
  readonly #ends: ProcessEnds;
  readonly #uses = new RecentUses();
  readonly #keepers = new Map<string, { readonly pid: number; readonly mount: number }>();

  /** @param ends watches the keepers */
  constructor(ends: ProcessEnds) {
    this.#ends = ends;
  }

  get pids(): number[] {
    return [...this.#keepers.values()].map(({ pid }) => pid);
  }

  /** A process has begun to use the library; it may be over before that could be known. */
  begin(key: string, overAtOnce: boolean): void {
    this.#uses.begin(key, overAtOnce);
  }

  end(key: string): void {
    this.#uses.end(key);
  }

  /** Is there a target that keeps the library's mount in use? */
  has(key: string): boolean {
    return this.#keepers.has(key);
  }

  /** Does the library stay, for now? */
  keeps(key: string): boolean {
    return this.has(key) && this.#uses.expectsMore(key);
  }

  /** @returns keys of the libraries that this process kept: it has ended, or executed another program */
  leave(pid: number): ReadonlySet<string> {
    return this.#releaseWhere(keeper => keeper.pid === pid);
  }

  /** This library is not probed any more. */
  forget(key: string): void {
    this.#keepers.delete(key);
  }

  /** Finds keepers among the targets, for libraries without one that will be used again. Lets other work run in between. */
  async find(libraries: readonly UnusedLibrary[], targets: ReadonlySet<number>, turns: Turns): Promise<void> {
    this.#releaseWhere(({ pid, mount }) => !targets.has(pid) || !mountsInUse(pid).includes(mount));
    const wanted = new Map<number, string[]>();
    for (const { key, mount } of libraries) {
      if (mount === undefined || this.has(key) || !this.#uses.expectsMore(key)) continue;
      wanted.set(mount, [...(wanted.get(mount) ?? []), key]);
    }
    for (const pid of targets) {
      if (wanted.size === 0) return;
      await turns.next();
      for (const mount of mountsInUse(pid)) {
        if (!wanted.has(mount) || !this.#ends.watch(pid)) continue;
        for (const key of wanted.get(mount) ?? []) this.#keepers.set(key, { pid, mount });
        wanted.delete(mount);
      }
    }
  }

  #releaseWhere(
    isOver: (keeper: { readonly pid: number; readonly mount: number }) => boolean,
  ): ReadonlySet<string> {
    const over = [...this.#keepers].filter(([, keeper]) => isOver(keeper)).map(([key]) => key);
    for (const key of over) this.#keepers.delete(key);
    return new Set(over);
  }
}
