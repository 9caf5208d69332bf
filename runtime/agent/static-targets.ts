import { statSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupOf, findCgroupRoot } from './capture/cgroup.ts';
import type { CaptureTargets } from './capture/targets.ts';

/** What is chosen without Kubernetes. */
export interface StaticSelection {
  /** Directories below the cgroup v2 mount; `/` is all of them. */
  readonly cgroups: readonly string[];
  readonly pids: readonly number[];
  readonly comms: readonly string[];
}

/** A cgroup directory that was asked for does not exist. */
export class UnknownCgroupError extends Error {
  override readonly name = 'UnknownCgroupError';
}

/** @throws UnknownCgroupError naming the directory; Error when there is no cgroup v2 hierarchy. */
export function staticTargets(selection: StaticSelection): CaptureTargets {
  return {
    cgroupIds: new Set(selection.cgroups.map(cgroupId)),
    pids: new Set(selection.pids),
    comms: new Set(selection.comms),
  };
}

function cgroupId(directory: string): bigint {
  const root = findCgroupRoot();
  // Rooted first, so that `..` cannot lead out of the mount.
  const below = join('/', directory);
  const mounted = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find(
    mount => below === mount || below.startsWith(`${mount}/`),
  );
  const path = join(root, mounted === undefined ? below : below.slice(mounted.length));
  try {
    if (below === '/' && directory !== '/') throw new Error('it names none');
    if (!statSync(path).isDirectory()) throw new Error('not a directory');
    return cgroupOf(path).id;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UnknownCgroupError(
      `there is no cgroup "${directory}" (${path}: ${code ?? message}); ` +
        'give its path below the cgroup v2 mount, such as system.slice/nginx.service, or / for all',
    );
  }
}
