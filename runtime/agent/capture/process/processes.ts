import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Numbers of all processes that this process can see. */
export function allPids(proc = '/proc'): number[] {
  return readdirSync(proc)
    .filter(name => /^[1-9]\d*$/.test(name))
    .map(Number);
}

/** The text of a file below /proc/PID, or undefined when the process is gone. */
export function readProcess(pid: number, file: string, proc = '/proc'): string | undefined {
  try {
    return readFileSync(join(proc, String(pid), file), 'utf8');
  } catch {
    return undefined;
  }
}

/** Parent of a process: field 4 of /proc/PID/stat. */
export function parentInStat(stat: string): number | undefined {
  return numberInStat(stat, 4);
}

/** Field of /proc/PID/stat, from 3 on, if it is a number; the name before them may hold spaces and parentheses. */
function numberInStat(stat: string, field: number): number | undefined {
  const value = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field - 3] ?? Number.NaN);
  return Number.isInteger(value) ? value : undefined;
}

/** PF_EXITING of the kernel's include/linux/sched.h, in field 9 of /proc/PID/stat. */
const exitingFlag = 4;

/** Whether all threads of a process have begun to end, or it is gone. It may still hold its memory. */
export function isExiting(pid: number, proc = '/proc'): boolean {
  for (const thread of threadsOf(pid, proc)) {
    const flags = numberInStat(readProcess(thread, 'stat', proc) ?? '', 9);
    if (flags !== undefined && (flags & exitingFlag) === 0) return false;
  }
  return true;
}

/** PF_KTHREAD of the same file: no memory, no files, no system calls of its own. */
const kernelThreadFlag = 0x00200000;

export function isKernelThread(pid: number, proc = '/proc'): boolean {
  const flags = numberInStat(readProcess(pid, 'stat', proc) ?? '', 9) ?? 0;
  return (flags & kernelThreadFlag) !== 0;
}

/** A thread of the process and the text of its /proc/TID/maps: the first thread, unless that has ended while others go on. */
export function threadWithMemory(pid: number, proc = '/proc'): { tid: number; maps: string } | undefined {
  for (const tid of threadsOf(pid, proc)) {
    const maps = readProcess(tid, 'maps', proc);
    if (maps) return { tid, maps };
  }
  return undefined;
}

/** The first thread comes first. /proc/TID exists for each, though it is not listed. */
function* threadsOf(pid: number, proc: string): Generator<number> {
  yield pid;
  try {
    for (const name of readdirSync(join(proc, String(pid), 'task')))
      if (Number(name) !== pid) yield Number(name);
  } catch {
    // It is gone.
  }
}

/** The given processes and all their present descendants. */
export function withDescendants(pids: Iterable<number>, proc = '/proc'): Set<number> {
  const result = new Set(pids);
  if (result.size === 0) return result;
  const children = new Map<number, number[]>();
  for (const pid of allPids(proc)) {
    const parent = parentInStat(readProcess(pid, 'stat', proc) ?? '');
    if (parent === undefined) continue;
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  // A set that grows while it is iterated visits what was added.
  for (const pid of result) for (const child of children.get(pid) ?? []) result.add(child);
  return result;
}

/** Longest process name that the kernel keeps; longer ones are cut. */
export const commBytes = 15;

/** Processes whose name (comm) is one of `comms`. */
export function pidsByComm(comms: ReadonlySet<string>, proc = '/proc'): number[] {
  if (comms.size === 0) return [];
  const cut = new Set([...comms].map(comm => Buffer.from(comm).subarray(0, commBytes).toString()));
  return allPids(proc).filter(pid => cut.has(readProcess(pid, 'comm', proc)?.trimEnd() ?? ''));
}

/** Number of a process's network namespace, or undefined when the process is gone. */
export function networkNamespace(pid: number, proc = '/proc'): number | undefined {
  try {
    return Number(/\[(\d+)\]/.exec(readlinkSync(join(proc, String(pid), 'ns/net')))?.[1]);
  } catch {
    return undefined;
  }
}
