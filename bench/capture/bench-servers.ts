import { readdirSync, readFileSync } from 'node:fs';
import { parentInStat } from '../../runtime/agent/capture/process/processes.ts';
import { type Nginx, startNginx, workFolder } from '../../test/bpf/support.ts';

export interface BenchServers {
  /** One worker. */
  readonly nginx: Nginx;
  readonly workers: readonly number[];
  /** Captured in its stead where another process that maps the same library is the target. */
  readonly other: Nginx;
  /** For files; goes with the servers. */
  readonly folder: string;
}

/** Runs `work` on servers that are stopped, and their folders removed, however it ends. */
export async function withBenchServers(work: (servers: BenchServers) => Promise<void>): Promise<void> {
  const folder = workFolder();
  const otherFolder = workFolder();
  const started: Nginx[] = [];
  try {
    const nginx = await startNginx(folder.path, 1, 1);
    started.push(nginx);
    const other = await startNginx(otherFolder.path);
    started.push(other);
    const workers = readdirSync('/proc')
      .map(Number)
      .filter(pid => pid > 0 && parentOf(pid) === nginx.pid);
    await work({ nginx, workers, other, folder: folder.path });
  } finally {
    await Promise.all(started.map(server => server.stop()));
    folder.remove();
    otherFolder.remove();
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return parentInStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}
