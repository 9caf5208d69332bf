import type { DatabaseSync } from 'node:sqlite';

/**
 * Schema changes in order; the number of a migration is its place in this list, counted from 1, and is kept in
 * `PRAGMA user_version`. A released migration is never edited: what it got wrong is corrected by the next one.
 */
export const migrations: readonly string[] = [
  // A removed endpoint keeps its row, without content: a replayed older upload must not bring it back.
  `CREATE TABLE cluster (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL,
     uploaded_us INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE endpoint (
     id TEXT PRIMARY KEY,
     cluster TEXT NOT NULL REFERENCES cluster (id),
     host TEXT NOT NULL,
     method TEXT NOT NULL,
     template TEXT NOT NULL,
     revision INTEGER NOT NULL,
     removed INTEGER NOT NULL,
     requests INTEGER NOT NULL,
     first_seen_us INTEGER NOT NULL,
     last_seen_us INTEGER NOT NULL,
     statuses TEXT NOT NULL,
     parameters TEXT NOT NULL,
     parameter_count INTEGER NOT NULL,
     search TEXT NOT NULL,
     updated_us INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX endpoint_by_host ON endpoint (host, template, method, id) WHERE removed = 0;
   CREATE INDEX endpoint_tombstone ON endpoint (updated_us) WHERE removed = 1;`,
  `ALTER TABLE endpoint ADD COLUMN details TEXT NOT NULL DEFAULT '{}';`,
];

/** Brings the database to the newest schema. Throws when a newer version of the service has written it. */
export function migrate(database: DatabaseSync, path: string): void {
  // Inside one write transaction, so that two services starting on one file do not both migrate it.
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > migrations.length) {
      throw new Error(
        `${path} has schema version ${version}, this service knows up to ${migrations.length}: ` +
          'run the version that wrote it, or a newer one',
      );
    }
    for (const sql of migrations.slice(version)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
