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

/** What to do about a selection that nothing can come of, or undefined. Ports only narrow what the rest selects. */
export function emptySelectionHint(
  selection: StaticSelection & { readonly kubernetes: boolean },
): string | undefined {
  const { kubernetes, cgroups, pids, comms } = selection;
  if (kubernetes || cgroups.length + pids.length + comms.length > 0) return undefined;
  return (
    'nothing is selected, so nothing will be captured: set selection.kubernetes, selection.cgroups ("/" means all), ' +
    'selection.pids or selection.comms; selection.ports only narrows them'
  );
}

/** @throws UnknownCgroupError naming the directory; Error when there is no cgroup v2 hierarchy. */
export function staticTargets(selection: StaticSelection): CaptureTargets {
  return {
    cgroupIds: new Set(selection.cgroups.map(cgroupId)),
    pids: new Set(selection.pids),
    comms: new Set(selection.comms),
  };
}

/**
 * The targets when a cgroup that was asked for has been removed and made again, as systemd does with that of a service that it
 * restarts: it has another id then. Undefined while nothing is new.
 */
export function renewedTargets(
  selection: StaticSelection,
  before: CaptureTargets,
): CaptureTargets | undefined {
  const present = new Set<bigint>();
  for (const directory of selection.cgroups) {
    try {
      present.add(cgroupId(directory));
    } catch (error) {
      if (!(error instanceof UnknownCgroupError)) throw error;
    }
  }
  const known = before.cgroupIds ?? new Set();
  return [...present].every(id => known.has(id)) ? undefined : { ...before, cgroupIds: present };
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
      // As people see it: the mounts of this process, or of process 1, are reached through /proc.
      `there is no cgroup "${directory}" (${path.replace(/^\/proc\/(?:self|\d+)\/root/, '')}: ${code ?? message}); ` +
        'give its path below the cgroup v2 mount, such as system.slice/nginx.service, or / for all',
    );
  }
}
