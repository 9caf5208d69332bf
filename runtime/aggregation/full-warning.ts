import { performance } from 'node:perf_hooks';
import type { Log } from '../service/log.ts';
import type { Overflow } from './store/findings-store.ts';

const intervalMs = 60_000;

/** Says that limits keep traffic out of the inventory, at most once a minute, with what was kept out since. */
export function fullWarning(log: Pick<Log, 'warn'>, nowMs = () => performance.now()) {
  let lastMs = Number.NEGATIVE_INFINITY;
  let hosts = 0;
  let paths = 0;
  return (overflow: Overflow): void => {
    hosts += overflow.hosts;
    paths += overflow.paths;
    if (hosts + paths === 0 || nowMs() - lastMs < intervalMs) return;
    lastMs = nowMs();
    log.warn(
      { requestsOfNewHosts: hosts, requestsOfNewPaths: paths },
      'limits.hosts or limits.pathsPerHost is reached; requests of further ones are left out',
    );
    hosts = 0;
    paths = 0;
  };
}
