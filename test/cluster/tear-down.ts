import { readFile, rm } from 'node:fs/promises';
import { stateFolder } from './layout.ts';
import { type Namespaces, namespacesOf, processesIn, recordPath } from './namespaces.ts';
import { kill, podCgroupFolders, podProcesses, removePodCgroups } from './pod-cgroups.ts';
import { waitUntil } from './wait.ts';

/**
 * Ends every process of the cluster whose state folder is there, and removes the folder. Does nothing when there is
 * none.
 *
 * Only processes in the recorded namespaces or in the pods' cgroups are touched.
 *
 * @throws Error when there are pods on this machine but no state folder: they belong to somebody else's kubelet
 */
export async function tearDown(): Promise<void> {
  const namespaces = await readRecord();
  if (!namespaces) {
    const strangers = await podProcesses();
    if (strangers.length > 0) {
      throw new Error(
        `another kubelet runs pods on this machine (processes ${strangers.slice(0, 5).join(', ')} in ` +
          `${(await podCgroupFolders()).join(', ')}): the cluster test needs a machine without one`,
      );
    }
  } else {
    // The node's own processes first, so that nothing restarts what is killed next.
    await endProcesses(namespaces);
    await removePodCgroups();
    await endProcesses(namespaces);
  }
  await rm(stateFolder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function readRecord(): Promise<Namespaces | undefined> {
  try {
    const record = JSON.parse(await readFile(recordPath, 'utf8')) as Namespaces;
    const ours = await namespacesOf(process.pid);
    // Never mistake this process's own namespaces for the node's, whatever the file says.
    if (record.mount === ours?.mount || record.network === ours?.network) return undefined;
    return record;
  } catch {
    return undefined;
  }
}

/** A process in the middle of a fork can slip through one look, so look until there is none. */
async function endProcesses(namespaces: Namespaces): Promise<void> {
  await waitUntil(
    'the processes of the node have ended',
    async () => {
      const pids = await processesIn(namespaces);
      for (const pid of pids) kill(pid);
      return pids.length === 0;
    },
    { timeoutMs: 20_000, intervalMs: 20 },
  );
}
