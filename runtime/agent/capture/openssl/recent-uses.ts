/**
 * A library that several processes have used of late, or one that was over before it could be probed, may be that of a server with a
 * process for each connection, or of one that is started again: its probes stay for so long after its last user, and the next one is
 * seen from its first instruction on. Milliseconds.
 */
const keptMs = 60_000;
const maxKeys = 8192;

/** How many processes have used a library lately, by key. At most 8192 libraries are remembered. */
export class RecentUses {
  readonly #uses = new Map<string, { lastMs: number; count: number }>();

  /** A process has begun to use the library; one that was over at once, and may not be the only one, counts twice. */
  begin(key: string, overAtOnce: boolean): void {
    this.#note(key, overAtOnce ? 2 : 1);
  }

  end(key: string): void {
    this.#note(key, 0);
  }

  /** Will another process probably use it soon? */
  expectsMore(key: string): boolean {
    const { count = 0, lastMs = 0 } = this.#uses.get(key) ?? {};
    return count > 1 && Date.now() - lastMs < keptMs;
  }

  #note(key: string, more: number): void {
    const known = this.#uses.get(key);
    const now = Date.now();
    const earlier = known !== undefined && now - known.lastMs < keptMs ? known.count : 0;
    if (this.#uses.size >= maxKeys) this.#uses.clear();
    this.#uses.set(key, { lastMs: now, count: earlier + more });
  }
}
