import { findCgroupRoot, findNamedCgroup, NoCgroupError } from './capture/cgroup.ts';
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
    cgroupIds: new Set(selection.cgroups.map(directory => cgroupId(directory))),
    pids: new Set(selection.pids),
    comms: new Set(selection.comms),
  };
}

export interface PresentCgroups {
  readonly ids: ReadonlySet<bigint>;
  /** Directories of the selection that are not there (any more). */
  readonly absent: readonly string[];
}

/** What has become of the selection's cgroups. @throws Error when there is no cgroup v2 hierarchy. */
export function presentCgroups({ cgroups }: StaticSelection): PresentCgroups {
  const ids = new Set<bigint>();
  const absent: string[] = [];
  if (cgroups.length === 0) return { ids, absent };
  const root = findCgroupRoot();
  for (const directory of cgroups) {
    try {
      ids.add(cgroupId(directory, root));
    } catch (error) {
      if (!(error instanceof UnknownCgroupError)) throw error;
      absent.push(directory);
    }
  }
  return { ids, absent };
}

/**
 * The targets when a cgroup that was asked for has been removed and made again, as systemd does with that of a service that it
 * restarts: it has another id then. Undefined while nothing is new.
 */
export function renewedTargets(present: PresentCgroups, before: CaptureTargets): CaptureTargets | undefined {
  const known = before.cgroupIds ?? new Set();
  return [...present.ids].every(id => known.has(id)) ? undefined : { ...before, cgroupIds: present.ids };
}

function cgroupId(directory: string, root?: string): bigint {
  try {
    return findNamedCgroup(directory, root).id;
  } catch (error) {
    if (!(error instanceof NoCgroupError)) throw error;
    throw new UnknownCgroupError(
      `there is no cgroup "${directory}" (${error.message}); ` +
        'give its path below the cgroup v2 mount, such as system.slice/nginx.service, or / for all',
    );
  }
}
