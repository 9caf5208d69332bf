// Tables of the state on disk. `pragma user_version` holds the version; another one is refused.
import type { DatabaseSync } from 'node:sqlite';

const schemaVersion = 2;

const tables = `
create table meta (key text primary key, value text not null) without rowid;

-- Up to which batch the findings of an agent epoch are in the tables below: written with them, in one transaction.
create table watermarks (
  agent text not null,
  epoch text not null,
  sequence integer not null,
  touched_ms integer not null,
  primary key (agent, epoch)
) without rowid;

-- dirty: 1 = observations have come since the endpoints of the host were last worked out, 2 = that is under way.
create table hosts (
  id integer primary key,
  name text not null unique,
  paths integer not null default 0,
  dirty integer not null default 0
);
create index hosts_dirty on hosts (id) where dirty > 0;

-- What the template learner counts. state: the sum of the path's observations (findings.proto), canonical.
create table paths (
  id integer primary key,
  host integer not null references hosts (id),
  key text not null, -- method, segments, protocol and operation
  requests integer not null,
  last_seen_us integer not null,
  parameters integer not null,
  state blob not null,
  unique (host, key)
);

-- What the cloud should know. Pending uploads are the rows with revision > uploaded_revision: the table is the outbox.
create table endpoints (
  host text not null,
  method text not null,
  template text not null,
  operation text not null, -- '' for REST
  revision integer not null,
  uploaded_revision integer not null default 0,
  removed integer not null default 0,
  state blob not null,
  primary key (host, method, template, operation)
);
create index endpoints_pending on endpoints (revision) where revision > uploaded_revision;
`;

/** Creates the tables in an empty database. Throws when the database is of another version. */
export function prepareSchema(database: DatabaseSync, file: string): void {
  const version = Number(database.prepare('pragma user_version').get()?.user_version);
  if (version === schemaVersion) return;
  if (version > schemaVersion)
    throw new Error(
      `${file} has schema version ${version}, this program knows ${schemaVersion}: it was written by a newer one. ` +
        'Run that version, or give this one another dataDir.',
    );
  if (version !== 0)
    throw new Error(
      `${file} has schema version ${version}, which no release has written. Delete it, or give another dataDir: ` +
        'the inventory is learnt anew from traffic.',
    );
  database.exec(`begin; ${tables} pragma user_version = ${schemaVersion}; commit;`);
}
