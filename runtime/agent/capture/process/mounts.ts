import { closeSync, openSync, readFileSync } from 'node:fs';

/** O_PATH of Linux on x86-64 and arm64: names a file without opening it (open(2)). */
const pathOnly = 0o10000000;

/** Number of the mount that an open file of this process is on (proc_pid_fdinfo(5)), or undefined when it cannot be told. */
export function mountOf(descriptor: number): number | undefined {
  try {
    const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return id === undefined ? undefined : Number(id);
  } catch {
    return undefined;
  }
}

/**
 * Numbers of the mounts that a process keeps in use until it ends or executes another program: those of its root directory and its
 * program. Empty when the process is gone.
 */
export function mountsInUse(pid: number): number[] {
  return ['root', 'exe'].flatMap(name => mountOfPath(`/proc/${pid}/${name}`) ?? []);
}

function mountOfPath(path: string): number | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, pathOnly);
    return mountOf(descriptor);
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
