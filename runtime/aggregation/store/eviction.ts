// Room for new hosts and paths when the limits are reached: what has hardly been requested goes, the longest quiet
// first. Otherwise whoever came first would stay for ever, and a scan with made-up names would end the discovery.
import { performance } from 'node:perf_hooks';
import type { DatabaseSync } from 'node:sqlite';

/** Hosts and paths with more requests are kept whatever comes. */
const mostRequests = 5;

/** Looking for victims reads a whole host, so one look frees this share of the limit … */
const share = 0.05;

/** … and a look in vain is not repeated for this time. */
const retryMs = 10_000;

/** Stands for the table of hosts among ids of hosts, which count from 1. */
const allHosts = 0;

export class Eviction {
  readonly #sql;
  readonly #triedInVain = new Map<number, number>();

  constructor(database: DatabaseSync) {
    this.#sql = statements(database);
  }

  /** Ids of the hosts whose paths were deleted. They stay in the table, without paths, until that has been learnt. */
  hosts(limit: number): number[] {
    return this.#unlessInVain(allHosts, () => {
      const ids = this.#sql.quietHosts
        .all(mostRequests, mostRequests, atOnce(limit))
        .map(({ id }) => Number(id));
      for (const id of ids) {
        this.#sql.deletePathsOf.run(id);
        this.#sql.emptyHost.run(id);
        this.#triedInVain.delete(id);
      }
      return ids;
    });
  }

  /** States of the deleted paths. */
  paths(host: number, limit: number): Uint8Array[] {
    return this.#unlessInVain(host, () => {
      const rows = this.#sql.quietPaths.all(host, mostRequests, atOnce(limit));
      const states = rows.map(({ id }) => this.#sql.deletePath.get(Number(id))?.state as Uint8Array);
      this.#sql.uncountPaths.run(rows.length, host);
      return states;
    });
  }

  #unlessInVain<T>(key: number, work: () => T[]): T[] {
    const last = this.#triedInVain.get(key);
    if (last !== undefined && performance.now() - last < retryMs) return [];
    const freed = work();
    if (freed.length === 0) this.#triedInVain.set(key, performance.now());
    else this.#triedInVain.delete(key);
    return freed;
  }
}

function atOnce(limit: number): number {
  return Math.ceil(limit * share);
}

function statements(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    // The cross join keeps SQLite from reading all paths: only hosts of few paths are looked into.
    quietHosts: prepare(
      `select h.id from hosts h cross join paths p on p.host = h.id where h.paths between 1 and ?
       group by h.id having total(p.requests) <= ? order by max(p.last_seen_us), h.id limit ?`,
    ),
    deletePathsOf: prepare('delete from paths where host = ?'),
    emptyHost: prepare('update hosts set paths = 0, dirty = 1 where id = ?'),
    quietPaths: prepare(
      `select id from paths where host = ? and requests <= ? order by last_seen_us, id limit ?`,
    ),
    uncountPaths: prepare('update hosts set paths = paths - ? where id = ?'),
    deletePath: prepare('delete from paths where id = ? returning state'),
  };
}
