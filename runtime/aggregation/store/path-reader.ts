// Reads the stored paths of a host for the template learner.
import type { DatabaseSync } from 'node:sqlite';
import { Observation } from '../../protocol/generated/findings.ts';

export interface DirtyHost {
  id: number;
  name: string;
}

/** Rows read at once; a few milliseconds. */
const sliceRows = 500;

export class PathReader {
  readonly #sql;

  constructor(database: DatabaseSync) {
    this.#sql = {
      // 2: being learnt. News sets it back to 1, so that it is not taken for clean; after a crash it is still not 0.
      begin: database.prepare('update hosts set dirty = 2 where id = ? and dirty = 1'),
      dirty: database.prepare('select id, name from hosts where dirty > 0 order by id'),
      dirtyAll: database.prepare('update hosts set dirty = 1 where dirty = 0'),
      clean: database.prepare('update hosts set dirty = 0 where id = ? and dirty = 2'),
      dropEmpty: database.prepare('delete from hosts where id = ? and paths = 0 and dirty = 0'),
      paths: database.prepare('select id, state from paths where host = ? and id > ? order by id limit ?'),
    };
  }

  /** Hosts with observations since `markClean`. */
  dirtyHosts(): DirtyHost[] {
    return this.#sql.dirty.all().map(row => ({ id: Number(row.id), name: String(row.name) }));
  }

  /** Makes every host dirty: what is learnt from the same paths may have changed. */
  markAllDirty(): void {
    this.#sql.dirtyAll.run();
  }

  /** What comes from now on is news again. */
  begin(hostId: number): void {
    this.#sql.begin.run(hostId);
  }

  /** Unless observations have come since `begin`. Forgets a host that was evicted. */
  markClean(hostId: number): void {
    this.#sql.clean.run(hostId);
    this.#sql.dropEmpty.run(hostId);
  }

  /**
   * Encoded observations of every path of a host, some at a time, in the order in which they were first seen. Between two
   * slices others may write: what they change makes the host dirty again.
   */
  *slices(hostId: number): Generator<Uint8Array[]> {
    let after = 0;
    for (;;) {
      const rows = this.#sql.paths.all(hostId, after, sliceRows);
      if (rows.length > 0) yield rows.map(({ state }) => state as Uint8Array);
      if (rows.length < sliceRows) return;
      after = Number(rows.at(-1)?.id);
    }
  }

  /** The same decoded, all at once. */
  paths({ id }: Pick<DirtyHost, 'id'>): Observation[] {
    return [...this.slices(id)].flat().map(state => Observation.decode(state));
  }
}
