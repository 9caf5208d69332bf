import { alone, type Bench, type Hooks, type Load, type Manner, shared } from './bench.ts';
import type { BenchServers } from './bench-servers.ts';
import { median } from './statistics.ts';
import type { AgentReport } from './task.ts';

type Traffic = 'plaintext' | 'TLS';

interface Variant {
  readonly name: string;
  readonly hooks: Hooks;
  readonly pid: number;
}

/** Of no process. */
const nobody = 1 << 22;
/** Percent of its processor. Below that nginx waits for the client. */
const leastBusy = 85;

const variants = ({ nginx, other }: BenchServers): Record<Traffic, readonly Variant[]> => ({
  plaintext: [
    { name: 'this, socket tracepoints (A)', hooks: 'A', pid: nginx.pid },
    { name: 'this, end of system calls (B)', hooks: 'B', pid: nginx.pid },
    { name: 'others: pairs around system calls', hooks: 'pairs', pid: nginx.pid },
    { name: 'this (A), nginx is no target', hooks: 'A', pid: nobody },
  ],
  TLS: [
    { name: 'this (A)', hooks: 'A', pid: nginx.pid },
    { name: 'others: probes on SSL_read, SSL_write', hooks: 'symbols', pid: nginx.pid },
    { name: 'this (A), nginx is no target', hooks: 'A', pid: nobody },
    { name: 'the same, a target maps its library', hooks: 'A', pid: other.pid },
  ],
});

interface Pair {
  /** Mean of the measurements before and after. */
  readonly off: Load;
  readonly on: Load;
  readonly report: AgentReport;
}

function meanLoad(before: Load, after: Load): Load {
  const mean = (of: (load: Load) => number) => (of(before) + of(after)) / 2;
  return {
    requests: mean(load => load.requests),
    perSecond: mean(load => load.perSecond),
    cpuUs: mean(load => load.cpuUs),
    busy: mean(load => load.busy),
  };
}

/** Rounds of measurements without hooks and with them, for each variant in turn. */
async function compare(
  bench: Bench,
  traffic: Traffic,
  list: readonly Variant[],
  manner: Manner,
): Promise<Pair[][]> {
  const { nginx } = bench.servers;
  const port = traffic === 'TLS' ? nginx.httpsPort : nginx.httpPort;
  const url = `${traffic === 'TLS' ? 'https' : 'http'}://127.0.0.1:${port}/`;
  const results = list.map((): Pair[] => []);
  let before = await bench.load(url, manner);
  for (let round = 0; round < bench.options.rounds; round++) {
    for (const [index, { hooks, pid }] of list.entries()) {
      const [on, report] = await bench.hooked(hooks, pid, () => bench.load(url, manner), manner);
      const after = await bench.load(url, manner);
      results[index]?.push({ off: meanLoad(before, after), on, report });
      before = after;
    }
  }
  return results;
}

/**
 * Prints throughput and processor time per request of nginx with hooks, as ratios to those without.
 * @returns false when nginx was not the bottleneck
 */
export async function measureRequests(bench: Bench): Promise<boolean> {
  const rows: Record<string, string | number>[] = [];
  const sharedRows: typeof rows = [];
  const { nginx } = bench.servers;
  for (const traffic of ['plaintext', 'TLS'] as const) {
    const listed = variants(bench.servers)[traffic];
    const results = await compare(bench, traffic, listed, alone);
    for (const [index, { name, pid }] of listed.entries()) {
      const all = results[index] ?? [];
      const of = (value: (one: Pair) => number) => median(all.map(value));
      const target = pid === nginx.pid;
      const ratios = all.map(one => one.off.cpuUs / one.on.cpuUs);
      rows.push({
        traffic,
        hooks: name,
        'req/s': Math.round(of(one => one.on.perSecond)),
        'req/s ratio': of(one => one.on.perSecond / one.off.perSecond).toFixed(3),
        'nginx busy %': (100 * of(one => Math.min(one.on.busy, one.off.busy))).toFixed(0),
        'nginx us/req off': of(one => one.off.cpuUs).toFixed(2),
        'nginx us/req on': of(one => one.on.cpuUs).toFixed(2),
        'CPU ratio': median(ratios).toFixed(3),
        'all rounds': `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
        'reported %': target ? of(one => (100 * one.report.reported) / one.on.requests).toFixed(2) : '-',
        'lost bytes': all.reduce((sum, one) => sum + one.report.lostBytes, 0),
        'agent us/req': target ? of(one => one.report.cpuUs / one.on.requests).toFixed(2) : '-',
      });
    }
    const targeted = listed.filter(({ pid }) => pid === nginx.pid);
    for (const [index, all] of (await compare(bench, traffic, targeted, shared)).entries()) {
      const of = (value: (one: Pair) => number) => median(all.map(value));
      sharedRows.push({
        'client and reader share a processor': traffic,
        hooks: targeted[index]?.name ?? '',
        'req/s': Math.round(of(one => one.on.perSecond)),
        'req/s ratio': of(one => one.on.perSecond / one.off.perSecond).toFixed(3),
        'reported %': of(one => (100 * one.report.reported) / one.on.requests).toFixed(2),
        'lost bytes': all.reduce((sum, one) => sum + one.report.lostBytes, 0),
      });
    }
  }
  console.table(rows);
  console.table(sharedRows);
  const disturbed = rows.filter(row => Number(row['nginx busy %']) < leastBusy);
  for (const { traffic, hooks } of disturbed) {
    console.error(
      `not valid: ${traffic}, ${hooks}: nginx was not the bottleneck; something else runs on this machine`,
    );
  }
  console.log(
    'reported % above 100: requests under way when the client stops are reported, and not counted by the client.',
  );
  return disturbed.length === 0;
}
