// The endpoints as the cloud should know them, with revisions: the durable outbox of uploads.
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Endpoint } from '../../protocol/generated/upload.ts';
import { transaction } from './database.ts';

/** An endpoint without what this store adds: `revision` is 0, `removed` false. */
export type EndpointState = Endpoint;

export class EndpointStore {
  readonly #database: DatabaseSync;
  readonly #sql;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#sql = {
      meta: database.prepare('select value from meta where key = ?'),
      setMeta: database.prepare('insert or replace into meta (key, value) values (?, ?)'),
      ofHost: database.prepare('select method, template, removed, state from endpoints where host = ?'),
      put: database.prepare(
        `insert into endpoints (host, method, template, revision, removed, state) values (?, ?, ?, ?, ?, ?)
         on conflict do update set revision = excluded.revision, removed = excluded.removed, state = excluded.state`,
      ),
      pending: database.prepare(
        `select revision, removed, state from endpoints where revision > uploaded_revision order by revision limit ?`,
      ),
      pendingCount: database.prepare(
        'select count(*) as count from endpoints where revision > uploaded_revision',
      ),
      uploaded: database.prepare(
        `update endpoints set uploaded_revision = ? where host = ? and method = ? and template = ?`,
      ),
      dropRemoved: database.prepare(
        `delete from endpoints where host = ? and method = ? and template = ? and removed = 1
         and revision = uploaded_revision`,
      ),
      again: database.prepare('update endpoints set uploaded_revision = 0 where uploaded_revision > 0'),
    };
  }

  /** UUID of this installation's cluster, made at the first call and kept. */
  clusterId(): string {
    const known = this.#sql.meta.get('cluster');
    if (known !== undefined) return String(known.value);
    const made = randomUUID();
    this.#sql.setMeta.run('cluster', made);
    return made;
  }

  /**
   * Makes `endpoints` the endpoints of the host. What changed gets the next revision; what is no longer among them
   * becomes a tombstone. `andThen` runs in the same transaction. Returns how many changed.
   */
  replace(host: string, endpoints: readonly EndpointState[], andThen: () => void): number {
    return transaction(this.#database, () => {
      const stored = new Map(this.#sql.ofHost.all(host).map(row => [keyOf(row), row]));
      let revision = Number(this.#sql.meta.get('revision')?.value ?? 0);
      const first = revision;
      for (const endpoint of endpoints) {
        const key = keyOf(endpoint);
        const known = stored.get(key);
        stored.delete(key);
        const state = Buffer.from(Endpoint.encode(endpoint).finish());
        if (known !== undefined && known.removed === 0 && state.equals(known.state as Uint8Array)) continue;
        this.#sql.put.run(host, endpoint.method, endpoint.template, ++revision, 0, state);
      }
      for (const gone of stored.values())
        if (gone.removed === 0)
          this.#sql.put.run(
            host,
            String(gone.method),
            String(gone.template),
            ++revision,
            1,
            gone.state as Uint8Array,
          );
      if (revision > first) this.#sql.setMeta.run('revision', String(revision));
      andThen();
      return revision - first;
    });
  }

  /** The changed endpoints that the cloud has not confirmed, oldest change first. */
  pending(limit: number): Endpoint[] {
    return this.#sql.pending.all(limit).map(row => ({
      ...Endpoint.decode(row.state as Uint8Array),
      revision: Number(row.revision),
      removed: row.removed === 1,
    }));
  }

  pendingCount(): number {
    return Number(this.#sql.pendingCount.get()?.count);
  }

  /** The cloud has these at the revisions they carry; what changed again since stays pending. */
  confirm(endpoints: readonly Endpoint[]): void {
    transaction(this.#database, () => {
      for (const { host, method, template, revision } of endpoints) {
        this.#sql.uploaded.run(revision, host, method, template);
        this.#sql.dropRemoved.run(host, method, template);
      }
    });
  }

  /** Makes everything pending, for a cloud that may have lost its data; one that has not ignores the repetition. */
  uploadAgain(): void {
    this.#sql.again.run();
  }
}

function keyOf({ method, template }: { method?: unknown; template?: unknown }): string {
  return JSON.stringify([method, template]);
}
