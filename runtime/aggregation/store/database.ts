import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { prepareSchema } from './schema.ts';

/**
 * Opens `aggregation.sqlite` in `dataDir`, creating both.
 *
 * WAL with `synchronous=FULL`: a committed transaction survives the power going out. The exclusive lock keeps a
 * second process from the same directory, for which it waits `lockTimeoutMs`, as in a restart; the kernel drops it with the process.
 */
export function openDatabase(dataDir: string, lockTimeoutMs = 5000): DatabaseSync {
  const file = join(dataDir, 'aggregation.sqlite');
  try {
    makeDirectory(resolve(dataDir));
    const database = new DatabaseSync(file, { timeout: lockTimeoutMs });
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full;');
    // Takes the lock now, not at the first write.
    database.exec('begin immediate; commit;');
    prepareSchema(database, file);
    return database;
  } catch (error) {
    const reason = (error as Error).message;
    const advice = /locked|busy/i.test(reason)
      ? 'Another aggregation process uses it; give each its own dataDir.'
      : 'Check that dataDir is a writable directory.';
    throw new Error(`Cannot open ${file}: ${reason}. ${advice}`, { cause: error });
  }
}

/** Not `recursive: true`: below /proc, where mkdir answers ENOENT for a parent that exists, that never returns. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

/** Runs `work` in one transaction: all of it is committed, or, when it throws, nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin immediate');
  try {
    const result = work();
    database.exec('commit');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}
