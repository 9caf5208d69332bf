import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone, type Bench, connections } from './bench.ts';
import { median } from './statistics.ts';

/** Requests per second. */
const rate = 20_000;

/** Microseconds at a fixed rate: median and 99th percentile. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
}

async function latency(bench: Bench): Promise<Latency> {
  const { nginx, folder } = bench.servers;
  const log = join(folder, `latency-${process.hrtime.bigint()}`);
  const args = [
    '--h1',
    '-t1',
    `-c${connections}`,
    `--rps=${rate / connections}`,
    `--duration=${bench.options.seconds + 1}`,
  ];
  const url = `http://127.0.0.1:${nginx.httpPort}/`;
  await bench.runClient('h2load', [...args, `--log-file=${log}`, url], alone);
  const times = readFileSync(log, 'utf8')
    .split('\n')
    .map(line => Number(line.split('\t')[2]))
    .filter(time => time > 0)
    .sort((a, b) => a - b);
  return {
    p50: times[times.length >> 1] ?? Number.NaN,
    p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
  };
}

/** Prints the latency of nginx at a fixed rate, with hooks and without. */
export async function measureLatency(bench: Bench): Promise<void> {
  const delays: { readonly off: Latency; readonly on: Latency }[] = [];
  for (let round = 0; round < bench.options.rounds; round++) {
    const off = await latency(bench);
    const [on] = await bench.hooked('A', bench.servers.nginx.pid, () => latency(bench));
    delays.push({ off, on });
  }
  console.table(
    (['p50', 'p99'] as const).map(which => ({
      [`latency at ${rate} req/s, us`]: which,
      off: median(delays.map(one => one.off[which])),
      on: median(delays.map(one => one.on[which])),
      added: median(delays.map(one => one.on[which] - one.off[which])),
    })),
  );
}
