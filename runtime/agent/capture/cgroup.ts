import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A cgroup v2 directory and its id: the inode number, which the kernel programs compare. */
export interface Cgroup {
  readonly id: bigint;
  readonly path: string;
}

/** More directories than any node has (110 pods make a few thousand): stops a walk that went astray. */
const maxDirectories = 65536;

/** Mount point of cgroup v2 in the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export function cgroup2MountPoint(mountInfo: string): string | undefined {
  for (const line of mountInfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    if (after.split(' ')[0] !== 'cgroup2') continue;
    const fields = before.split(' ');
    // Only a mount of the whole hierarchy: a container's own view of its part has another root.
    if (fields[3] === '/' && fields[4] !== undefined) {
      return fields[4].replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
    }
  }
  return undefined;
}

/**
 * Where the host's cgroup v2 hierarchy can be read: /sys/fs/cgroup, or …/unified on hosts that mount v1 too. In a pod
 * with hostPID the host's mounts are reached through process 1 or, where security modules keep that one closed, through
 * any other process that still sees them.
 * @throws Error when there is none.
 */
export function findCgroupRoot(proc = '/proc'): string {
  const tried: string[] = [];
  const others = readdirSync(proc).filter(name => /^\d+$/.test(name));
  for (const pid of ['1', 'self', ...others]) {
    let mountPoint: string | undefined;
    try {
      mountPoint = cgroup2MountPoint(readFileSync(join(proc, pid, 'mountinfo'), 'utf8'));
    } catch (error) {
      tried.push(
        `${join(proc, pid, 'mountinfo')}: ${error instanceof Error ? error.message : String(error)}`,
      );
      continue;
    }
    if (mountPoint === undefined) {
      tried.push(`${join(proc, pid, 'mountinfo')} lists no cgroup2 mount`);
      continue;
    }
    const root = join(proc, pid, 'root', mountPoint);
    try {
      readFileSync(join(root, 'cgroup.procs'));
      return root;
    } catch (error) {
      tried.push(`${root}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `No cgroup v2 hierarchy (${tried.slice(0, 4).join('; ')}). Mount it, or run the agent's pod with hostPID.`,
  );
}

/** A directory that was named is no cgroup; the message says why. */
export class NoCgroupError extends Error {
  override readonly name = 'NoCgroupError';
}

/**
 * The cgroup that people name by its path below the cgroup v2 mount (`system.slice/nginx.service`; `/` is all), or by one
 * that begins with the mount.
 * @param root as from {@link findCgroupRoot}
 * @throws NoCgroupError
 */
export function findNamedCgroup(directory: string, root = findCgroupRoot()): Cgroup {
  // As people see the mount: those of this process, or of process 1, are reached through /proc.
  const [, outside = '', mount = root] = /^(.*\/proc\/(?:self|\d+)\/root)(\/.*)$/.exec(root) ?? [];
  // Rooted first, so that `..` cannot lead out of the mount.
  const named = join('/', directory);
  if (named === '/' && directory !== '/') throw new NoCgroupError('it names none');
  const absolute = named === mount || named.startsWith(`${mount}/`);
  const below = absolute ? named.slice(mount.length) : named;
  try {
    const path = join(root, below);
    if (!statSync(path).isDirectory()) throw new Error('not a directory');
    return cgroupOf(path);
  } catch (error) {
    if (!absolute && existsSync(join(outside, named)))
      throw new NoCgroupError(`it lies outside the cgroup v2 mount, ${mount}`);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new NoCgroupError(`${join(mount, below)}: ${code ?? message}`);
  }
}

/** The cgroup of a directory. @throws the errors of stat(2). */
export function cgroupOf(path: string): Cgroup {
  return { id: statSync(path, { bigint: true }).ino, path };
}

/** All directories below `root`, nearest first. Directories that vanish meanwhile are left out. */
export function* walkCgroups(root: string): Generator<string> {
  const queue = [root];
  for (let next = 0; next < queue.length && queue.length < maxDirectories; next++) {
    const folder = queue[next] ?? root;
    yield folder;
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) queue.push(join(folder, entry.name));
      }
    } catch {
      // Removed while we walked.
    }
  }
}

/**
 * The cgroup of a container, by the id that the Kubernetes API gives (with or without its "containerd://" prefix).
 * Both drivers name the directory after it: cgroupfs kubepods/burstable/pod<uid>/<id>, systemd
 * …-pod<uid>.slice/cri-containerd-<id>.scope. CRI-O's crio-conmon-<id>.scope (the monitor) is not the container.
 * @param root as from {@link findCgroupRoot}. @returns undefined when the container has none (yet, or any more).
 */
export function findContainerCgroup(containerId: string, root = findCgroupRoot()): Cgroup | undefined {
  const id = containerId.slice(containerId.lastIndexOf('/') + 1);
  if (!/^[0-9a-zA-Z_.-]{12,}$/.test(id)) {
    throw new RangeError(
      `not a container id: ${JSON.stringify(containerId)}; expected 12 or more letters and digits`,
    );
  }
  for (const path of walkCgroups(root)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!name.includes(id) || name.includes('conmon-')) continue;
    try {
      return cgroupOf(path);
    } catch {
      // Removed between the listing and this.
    }
  }
  return undefined;
}

/** Directories of the cgroups with these ids. */
export function findCgroupPaths(ids: ReadonlySet<bigint>, root: string): Map<bigint, string> {
  const found = new Map<bigint, string>();
  if (ids.size === 0) return found;
  for (const path of walkCgroups(root)) {
    try {
      const { id } = cgroupOf(path);
      if (ids.has(id)) found.set(id, path);
    } catch {
      // Removed meanwhile.
    }
    if (found.size === ids.size) break;
  }
  return found;
}

/** Processes in a cgroup and its descendants. */
export function pidsInCgroup(path: string): number[] {
  const pids: number[] = [];
  for (const folder of walkCgroups(path)) {
    try {
      for (const line of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n')) {
        if (line !== '' && line !== '0') pids.push(Number(line));
      }
    } catch {
      // Removed meanwhile, or a threaded cgroup, whose processes its parent lists.
    }
  }
  return pids;
}
