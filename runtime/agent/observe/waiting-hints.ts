import { listenersByNamespace } from '../capture/process/listening-ports.ts';
import { allPids, parentInStat, pidsByComm, readProcess } from '../capture/process/processes.ts';

/** What Node.js 24 and later calls its processes. */
const nodeComm = 'MainThread';

/**
 * What to say of names and ports that nothing has yet: the exchanges that were asked for may never come.
 *
 * @param self this process: it and those that started it are not what is looked for
 * @param proc where the processes of the whole machine are
 */
export function waitingHints(
  comms: readonly string[],
  ports: readonly number[],
  self = process.pid,
  proc = '/proc',
): string[] {
  const own = withAncestors(self, proc);
  const called = (comm: string) => pidsByComm(new Set([comm]), proc).filter(pid => !own.has(pid));
  const hints = comms.flatMap(comm => {
    const [found] = called(comm);
    const alsoNode = comm === 'node' && !comms.includes(nodeComm);
    if (found === undefined)
      return [
        `no process is called ${comm} yet; its exchanges show when one is` +
          (alsoNode ? `. Node.js 24 and later is called ${nodeComm}: --comm ${nodeComm}, or --port` : ''),
      ];
    const [other] = alsoNode ? called(nodeComm) : [];
    return other === undefined
      ? []
      : [`Node.js 24 and later is called ${nodeComm}, as process ${other} is: --comm ${nodeComm}, or --port`];
  });
  const listening = ports.length > 0 ? [...listenersByNamespace(allPids(proc), proc)] : [];
  for (const port of ports)
    if (!listening.some(namespace => namespace.ports.has(port)))
      hints.push(`nothing was found that listens on port ${port}; its exchanges show when something does`);
  return hints;
}

/** Says once of each cgroup that was asked for that it is gone, and once that it is there again. */
export class CgroupHints {
  #absent: ReadonlySet<string> = new Set();

  /** @param absent all that are not there now */
  news(absent: readonly string[]): string[] {
    const before = this.#absent;
    const now = new Set(absent);
    this.#absent = now;
    const gone = [...now].filter(cgroup => !before.has(cgroup));
    const back = [...before].filter(cgroup => !now.has(cgroup));
    return [
      ...gone.map(cgroup => `cgroup ${cgroup} is gone; exchanges show when it is made again`),
      ...back.map(cgroup => `cgroup ${cgroup} is there again`),
    ];
  }
}

function withAncestors(self: number, proc: string): Set<number> {
  const own = new Set<number>();
  for (let pid: number | undefined = self; pid && !own.has(pid); ) {
    own.add(pid);
    pid = parentInStat(readProcess(pid, 'stat', proc) ?? '');
  }
  return own;
}
