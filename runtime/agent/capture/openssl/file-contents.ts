import { statSync, watch } from 'node:fs';

/** A file that is being written is not read: what it holds then fits no program. Milliseconds. */
export const settleMs = 1000;

/** Tells contents of one file apart, by its size and the time of its last change; undefined when it cannot be looked at. */
export function contentsOf(path: string): string | undefined {
  const stat = statOf(path);
  return stat === undefined ? undefined : `${stat.size} ${stat.mtimeNs}`;
}

/** Nothing has been written to the file for a second. */
export function isSettled(path: string): boolean {
  const stat = statOf(path);
  return stat !== undefined && Math.abs(Date.now() - Number(stat.mtimeMs)) > settleMs;
}

/**
 * Calls `onChange` when the contents of the file may have changed, and also when its name or its rights have. It is watched
 * itself, whatever becomes of its name. Gives what ends the watch; when the system has no more watches, nothing is called.
 */
export function watchContents(path: string, onChange: () => void): () => void {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}

function statOf(path: string) {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
