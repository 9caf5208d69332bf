import { performance } from 'node:perf_hooks';
import type { DiscoverOptions } from './discover.ts';

const intervalMs = 2000;

/** Says how far long work is, every two seconds, one line each: the output may be a log file. */
export function progressLine(output: {
  write(text: string): unknown;
}): NonNullable<DiscoverOptions['progress']> {
  let next = performance.now() + intervalMs;
  return (reading, exchanges) => {
    if (performance.now() < next) return;
    next = performance.now() + intervalMs;
    output.write(`discover: ${reading}, ${exchanges} exchanges\n`);
  };
}
