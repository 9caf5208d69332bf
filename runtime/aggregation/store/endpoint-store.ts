// The endpoints as the cloud should know them, with revisions: the durable outbox of uploads.
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { Endpoint } from '../../protocol/generated/upload.ts';
import type { LearntEndpoint } from '../learning/messages.ts';
import { transaction } from './database.ts';

/** Written at once; a few milliseconds. */
const sliceEndpoints = 200;

export class EndpointStore {
  readonly #database: DatabaseSync;
  readonly #sql;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#sql = {
      meta: database.prepare('select value from meta where key = ?'),
      setMeta: database.prepare('insert or replace into meta (key, value) values (?, ?)'),
      ofHost: database.prepare(
        'select method, template, operation from endpoints where host = ? and removed = 0',
      ),
      one: database.prepare(
        'select removed, state from endpoints where host = ? and method = ? and template = ? and operation = ?',
      ),
      bury: database.prepare(
        `update endpoints set revision = ?, removed = 1
         where host = ? and method = ? and template = ? and operation = ?`,
      ),
      put: database.prepare(
        `insert into endpoints (host, method, template, operation, revision, removed, state) values (?, ?, ?, ?, ?, ?, ?)
         on conflict do update set revision = excluded.revision, removed = excluded.removed, state = excluded.state`,
      ),
      pending: database.prepare(
        `select revision, removed, state from endpoints where revision > uploaded_revision order by revision limit ?`,
      ),
      pendingCount: database.prepare(
        'select count(*) as count from endpoints where revision > uploaded_revision',
      ),
      uploaded: database.prepare(
        `update endpoints set uploaded_revision = ? where host = ? and method = ? and template = ? and operation = ?`,
      ),
      dropRemoved: database.prepare(
        `delete from endpoints where host = ? and method = ? and template = ? and operation = ? and removed = 1
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
   * becomes a tombstone. Written in slices, each a transaction; `pause` runs between them, `andThen` in the last one:
   * a process that dies in between does the whole again. Returns how many changed.
   */
  async replace(
    host: string,
    endpoints: readonly LearntEndpoint[],
    andThen: () => void,
    pause: () => Promise<unknown>,
  ): Promise<number> {
    let changed = 0;
    for (let i = 0; i < endpoints.length; i += sliceEndpoints) {
      const slice = endpoints.slice(i, i + sliceEndpoints);
      changed += this.#write(revise => {
        for (const { method, template, operation, state } of slice) {
          const known = this.#sql.one.get(host, method, template, operation);
          if (known?.removed === 0 && Buffer.compare(known.state as Uint8Array, state) === 0) continue;
          this.#sql.put.run(host, method, template, operation, revise(), 0, state);
        }
      });
      await pause();
    }
    const present = new Set(endpoints.map(keyOf));
    const gone = this.#sql.ofHost.all(host).filter(row => !present.has(keyOf(row)));
    for (let i = 0; i < gone.length; i += sliceEndpoints) {
      changed += this.#write(revise => {
        for (const { method, template, operation } of gone.slice(i, i + sliceEndpoints))
          this.#sql.bury.run(revise(), host, String(method), String(template), String(operation));
      });
      await pause();
    }
    transaction(this.#database, andThen);
    return changed;
  }

  /** Returns how often `work` asked for a revision. */
  #write(work: (revise: () => number) => void): number {
    return transaction(this.#database, () => {
      const first = Number(this.#sql.meta.get('revision')?.value ?? 0);
      let revision = first;
      work(() => ++revision);
      if (revision > first) this.#sql.setMeta.run('revision', String(revision));
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
      for (const { host, method, template, operation, revision } of endpoints) {
        this.#sql.uploaded.run(revision, host, method, template, operation);
        this.#sql.dropRemoved.run(host, method, template, operation);
      }
    });
  }

  /** Makes everything pending, for a cloud that may have lost its data; one that has not ignores the repetition. */
  uploadAgain(): void {
    this.#sql.again.run();
  }
}

function keyOf({ method, template, operation }: Record<string, unknown> | LearntEndpoint): string {
  return JSON.stringify([method, template, operation]);
}
