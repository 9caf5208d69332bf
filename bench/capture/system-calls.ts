import type { Bench } from './bench.ts';
import { median } from './statistics.ts';

/** Seconds for a million reads and writes of one byte between devices. */
async function systemCalls(bench: Bench): Promise<number> {
  const start = process.hrtime.bigint();
  await bench.run('dd', ['if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=1000000', 'status=none']);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Prints how fast system calls that have nothing to do with sockets are with hooks, as a ratio to without. */
export async function measureSystemCalls(bench: Bench): Promise<void> {
  const calls: Record<string, string>[] = [];
  for (const [name, hooks] of [
    ['this, socket tracepoints (A)', 'A'],
    ['this, end of system calls (B)', 'B'],
    ['others: pairs around system calls', 'pairs'],
  ] as const) {
    const ratios: number[] = [];
    for (let round = 0; round < bench.options.rounds; round++) {
      const off = await systemCalls(bench);
      const [on] = await bench.hooked(hooks, bench.servers.nginx.pid, () => systemCalls(bench));
      ratios.push(off / on);
    }
    calls.push({ 'system calls without sockets': name, 'speed ratio': median(ratios).toFixed(3) });
  }
  console.table(calls);
}
