import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { endpointId } from './endpoint-id.ts';
import { orderOf, whereOf } from './endpoint-query.ts';
import { migrate } from './migrations.ts';
import {
  type EndpointDetails,
  type EndpointPage,
  type EndpointParties,
  type EndpointQuery,
  type EndpointRecord,
  type EndpointState,
  facetLimit,
  type HostCount,
  type IngestBatch,
  type IngestOutcome,
  type MethodCount,
  noDetails,
  type ParameterState,
  type Storage,
  type Summary,
} from './storage.ts';

/** How long a removed endpoint's revision is remembered against late replays: 7 days. */
const tombstoneUs = 7 * 86_400 * 1e6;

const selectRecord = `
  SELECT endpoint.id, cluster.name AS cluster, host, method, template, requests, first_seen_us, last_seen_us,
         statuses, parameters, details
  FROM endpoint JOIN cluster ON cluster.id = endpoint.cluster`;

/** Unlike `sum`, `total` never overflows; beyond 2⁵³ node:sqlite would refuse to read it. */
const boundedSum = `CAST(min(total(requests), ${Number.MAX_SAFE_INTEGER}) AS INTEGER)`;

type Row = Record<string, SQLOutputValue>;

/**
 * The inventory in one SQLite file, in write-ahead-log mode so that readers and the writer do not wait for each
 * other. `synchronous = FULL`: an upload that was answered survives a power cut (https://sqlite.org/pragma.html).
 */
export class SqliteStorage implements Storage {
  readonly #database: DatabaseSync;
  readonly #upsertCluster: StatementSync;
  readonly #upsertEndpoint: StatementSync;
  readonly #forgetTombstones: StatementSync;
  readonly #find: StatementSync;
  readonly #nowUs: () => number;

  /**
   * Opens or creates the file, with its folder, and migrates it.
   * @param path the file, or `:memory:`
   * @throws when the file is not a database, is not writable, or was written by a newer version
   */
  constructor(path: string, nowUs: () => number = () => Date.now() * 1000) {
    this.#nowUs = nowUs;
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    this.#database = new DatabaseSync(path, { timeout: 5000 });
    try {
      this.#database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF',
      );
      migrate(this.#database, path);
      this.#upsertCluster = this.#database.prepare(
        `INSERT INTO cluster (id, name, uploaded_us) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, uploaded_us = excluded.uploaded_us`,
      );
      this.#upsertEndpoint = this.#database.prepare(
        `INSERT INTO endpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET
           revision = excluded.revision, removed = excluded.removed, requests = excluded.requests,
           first_seen_us = excluded.first_seen_us, last_seen_us = excluded.last_seen_us,
           statuses = excluded.statuses, parameters = excluded.parameters,
           parameter_count = excluded.parameter_count, search = excluded.search, updated_us = excluded.updated_us,
           details = excluded.details
         WHERE excluded.revision > endpoint.revision`,
      );
      this.#forgetTombstones = this.#database.prepare(
        'DELETE FROM endpoint WHERE removed = 1 AND updated_us < ?',
      );
      this.#find = this.#database.prepare(`${selectRecord} WHERE endpoint.removed = 0 AND endpoint.id = ?`);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  async ingest(batch: IngestBatch): Promise<IngestOutcome> {
    const nowUs = this.#nowUs();
    let stored = 0;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#upsertCluster.run(batch.cluster, batch.clusterName, nowUs);
      for (const endpoint of batch.endpoints) {
        stored += Number(this.#upsertEndpoint.run(...endpointRow(batch.cluster, endpoint, nowUs)).changes);
      }
      this.#forgetTombstones.run(nowUs - tombstoneUs);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
    return { stored, known: batch.endpoints.length - stored };
  }

  async list(query: EndpointQuery): Promise<EndpointPage> {
    const where = whereOf(query);
    const count = this.#database
      .prepare(`SELECT count(*) AS total FROM endpoint WHERE ${where.sql}`)
      .get(...where.values);
    const rows = this.#database
      .prepare(`${selectRecord} WHERE ${where.sql} ORDER BY ${orderOf(query)} LIMIT ? OFFSET ?`)
      .all(...where.values, query.limit, query.offset);
    return { total: Number(count?.total), endpoints: rows.map(recordOf) };
  }

  async find(id: string): Promise<EndpointRecord | undefined> {
    const row = this.#find.get(id);
    return row === undefined ? undefined : recordOf(row);
  }

  async summary(): Promise<Summary> {
    const all = (sql: string, ...values: number[]) => this.#database.prepare(sql).all(...values);
    const [totals] = all(
      `SELECT count(*) AS endpoints, ${boundedSum} AS requests FROM endpoint WHERE removed = 0`,
    );
    const hosts = all(
      `SELECT host, count(*) AS endpoints, ${boundedSum} AS requests FROM endpoint WHERE removed = 0
       GROUP BY host ORDER BY count(*) DESC, host LIMIT ?`,
      facetLimit,
    );
    const methods = all(
      `SELECT method, count(*) AS endpoints FROM endpoint WHERE removed = 0
       GROUP BY method ORDER BY count(*) DESC, method LIMIT ?`,
      facetLimit,
    );
    return {
      endpoints: Number(totals?.endpoints),
      requests: Number(totals?.requests),
      hosts: hosts as unknown as HostCount[],
      methods: methods as unknown as MethodCount[],
    };
  }

  async parties(): Promise<Iterable<EndpointParties>> {
    const rows = this.#database
      .prepare(
        `SELECT cluster.name AS cluster, host, details FROM endpoint JOIN cluster ON cluster.id = endpoint.cluster
         WHERE endpoint.removed = 0`,
      )
      .all();
    return rows.map(row => {
      const { callers = [], servers = [] } = JSON.parse(String(row.details)) as Partial<EndpointDetails>;
      return { cluster: String(row.cluster), host: String(row.host), callers, servers };
    });
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** Values in the order of the table's columns. */
function endpointRow(cluster: string, endpoint: EndpointState, nowUs: number): (string | number)[] {
  const { host, method, template, removed } = endpoint;
  const parameters = removed ? [] : endpoint.parameters;
  const names = parameters.map(parameter => parameter.name);
  return [
    endpointId(cluster, endpoint),
    cluster,
    host,
    method,
    template,
    endpoint.revision,
    removed ? 1 : 0,
    removed ? 0 : endpoint.requests,
    endpoint.firstSeenUs,
    endpoint.lastSeenUs,
    JSON.stringify(removed ? [] : endpoint.statuses),
    JSON.stringify(parameters),
    parameters.length,
    // SQLite's LIKE ignores case only for ASCII, so both sides are lower case already.
    removed ? '' : [`${method} ${host}${template}`, endpoint.operation, ...names].join('\n').toLowerCase(),
    nowUs,
    removed ? '{}' : detailsOf(endpoint),
  ];
}

function detailsOf(endpoint: EndpointDetails): string {
  const names = Object.keys(noDetails) as (keyof EndpointDetails)[];
  return JSON.stringify(Object.fromEntries(names.map(name => [name, endpoint[name]])));
}

/** Of parameters that were uploaded before they had more. */
const plainParameter = { format: '', distinctValues: 0, sensitive: [] };

function recordOf(row: Row): EndpointRecord {
  return {
    id: String(row.id),
    cluster: String(row.cluster),
    host: String(row.host),
    method: String(row.method),
    template: String(row.template),
    requests: Number(row.requests),
    firstSeenUs: Number(row.first_seen_us),
    lastSeenUs: Number(row.last_seen_us),
    statuses: JSON.parse(String(row.statuses)),
    parameters: (JSON.parse(String(row.parameters)) as ParameterState[]).map(parameter => ({
      ...plainParameter,
      ...parameter,
    })),
    ...noDetails,
    ...JSON.parse(String(row.details)),
  };
}
