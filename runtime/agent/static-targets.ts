import { findNamedCgroup, NoCgroupError } from './capture/cgroup.ts';
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
  const ids = selection.cgroups.map(presentId).filter(id => id !== undefined);
  const present = new Set(ids);
  const known = before.cgroupIds ?? new Set();
  return [...present].every(id => known.has(id)) ? undefined : { ...before, cgroupIds: present };
}

function presentId(directory: string): bigint | undefined {
  try {
    return cgroupId(directory);
  } catch (error) {
    if (error instanceof UnknownCgroupError) return undefined;
    throw error;
  }
}

function cgroupId(directory: string): bigint {
  try {
    return findNamedCgroup(directory).id;
  } catch (error) {
    if (!(error instanceof NoCgroupError)) throw error;
    throw new UnknownCgroupError(
      `there is no cgroup "${directory}" (${error.message}); ` +
        'give its path below the cgroup v2 mount, such as system.slice/nginx.service, or / for all',
    );
  }
}
