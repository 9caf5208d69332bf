import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { podCgroup } from './layout.ts';
import { waitUntil } from './wait.ts';

/** Mount points of cgroup hierarchies, v1 and v2. */
async function hierarchies(): Promise<string[]> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  return mounts
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path]) => path ?? '');
}

/** The pods' cgroup folder in each hierarchy that has one. */
export async function podCgroupFolders(): Promise<string[]> {
  const folders = (await hierarchies()).map(path => join(path, podCgroup));
  const present = await Promise.all(folders.map(folder => readdir(folder).catch(() => undefined)));
  return folders.filter((_, index) => present[index]);
}

async function foldersBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = await Promise.all(
    entries.filter(entry => entry.isDirectory()).map(entry => foldersBelow(join(folder, entry.name))),
  );
  return [...below.flat(), folder]; // children first
}

/** Processes of all pods. */
export async function podProcesses(): Promise<number[]> {
  const pids = new Set<number>();
  for (const root of await podCgroupFolders()) {
    for (const folder of await foldersBelow(root)) {
      const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
      for (const line of text.split('\n')) if (line) pids.add(Number(line));
    }
  }
  return [...pids];
}

/** Kills every process of every pod and removes the pods' cgroups. */
export async function removePodCgroups(): Promise<void> {
  await waitUntil(
    'the processes of all pods have ended',
    async () => {
      const roots = await podCgroupFolders();
      // cgroup v2 kills a whole tree at once, so that nothing forks away meanwhile.
      await Promise.all(roots.map(root => writeFile(join(root, 'cgroup.kill'), '1').catch(() => {})));
      const pids = await podProcesses();
      for (const pid of pids) kill(pid);
      return pids.length === 0;
    },
    { timeoutMs: 20_000, intervalMs: 20 },
  );
  await waitUntil(
    "the pods' cgroups are removed",
    async () => {
      for (const root of await podCgroupFolders()) {
        for (const folder of await foldersBelow(root)) await rmdir(folder).catch(() => {});
      }
      return (await podCgroupFolders()).length === 0;
    },
    { timeoutMs: 10_000, intervalMs: 20 },
  );
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}
