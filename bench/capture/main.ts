// What capturing costs the captured nginx, beside programs that place their hooks where other tools do (peers.bpf.c):
// throughput and processor time per request of its one worker, the share of requests that were reported, the agent's
// own processor time, system calls that have nothing to do with sockets, and latency at a fixed rate. Every ratio is of a
// measurement with hooks to the mean of those without, right before and right after it; the median of all rounds is printed.
//
// nginx has a processor for itself and has to be the bottleneck: the client has the other ones, never sleeps
// (busy-client.c), has its own copy of libssl (a probe on nginx' library would be one on the client too), and precedence
// over the reader of the rings. The rings hold what the reader has not read by the end of the load, and it is waited for.
// A table of its own shows throughput where nothing of that is so: an ordinary client, and a reader that competes with it.
// usage (root): npm run bench:capture [-- ROUNDS [SECONDS]] — needs npm run build:bpf, clang, gcc, nginx, openssl, wrk, h2load, taskset, chrt.
import { execFile, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { findBuildOutput, loadAddon } from '../../runtime/agent/capture/addon.ts';
import { CaptureUnavailableError } from '../../runtime/agent/capture/capture-unavailable-error.ts';
import { executableFiles } from '../../runtime/agent/capture/process/memory-maps.ts';
import { parentInStat } from '../../runtime/agent/capture/process/processes.ts';
import {
  chooseRung,
  hostProcessesRemedy,
  seesHostProcesses,
} from '../../runtime/agent/capture/requirements.ts';
import { startNginx, workFolder } from '../../test/bpf/support.ts';
import type { AgentReport, AgentTask } from './task.ts';

const run = promisify(execFile);
const [rounds = 5, seconds = 1] = process.argv.slice(2).map(argument => {
  if (/^[1-9][0-9]{0,3}$/.test(argument)) return Number(argument);
  console.error(
    'usage (root): npm run bench:capture [-- ROUNDS [SECONDS]], whole numbers; 5 rounds of 1 second unless told',
  );
  return process.exit(argument === '--help' ? 0 : 2);
});
try {
  chooseRung(loadAddon(join(findBuildOutput(), 'capture.node')), 'A');
  if (!seesHostProcesses())
    throw new CaptureUnavailableError(['this is a PID namespace of its own'], hostProcessesRemedy);
} catch (error) {
  if (!(error instanceof CaptureUnavailableError)) throw error;
  console.error(error.message);
  process.exit(2);
}
const nobody = 1 << 22;
const rate = 20_000;
const connections = 16;
/** Percent of its processor. Below that nginx waits for the client. */
const leastBusy = 85;

type Hooks = AgentTask['hooks'];

const folder = workFolder();
const nginx = await startNginx(folder.path, 1, 1);
/** Captured in its stead where another process that maps the same library is the target. */
const otherFolder = workFolder();
const other = await startNginx(otherFolder.path);
const workers = readdirSync('/proc')
  .map(Number)
  .filter(pid => pid > 0 && parentOf(pid) === nginx.pid);
const libssl = executableFiles(readFileSync(`/proc/${nginx.pid}/maps`, 'utf8')).find(file =>
  file.path.includes('libssl'),
)?.path;
/** nginx has a processor for itself, when there is another for the client and the agent. */
const cpus = availableParallelism();
const otherCpus = cpus > 1 ? `1-${cpus - 1}` : '0';
for (const worker of workers) await pin(worker, '0');
const clientLibraries = join(folder.path, 'client');
mkdirSync(clientLibraries);
if (libssl !== undefined) copyFileSync(libssl, join(clientLibraries, basename(libssl)));

/** All threads of a process. */
async function pin(pid: number, list: string): Promise<void> {
  await run('taskset', ['-a', '-c', '-p', list, String(pid)]);
}

const busyClient = join(folder.path, 'busy-client.so');
execFileSync('gcc', [
  '-O2',
  '-shared',
  '-fPIC',
  '-o',
  busyClient,
  join(import.meta.dirname, 'busy-client.c'),
]);

const peers = { pairs: compilePeers('pairs'), symbols: compilePeers('symbols') };

function parentOf(pid: number): number | undefined {
  try {
    return parentInStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

function compilePeers(kind: 'pairs' | 'symbols'): string {
  const output = join(folder.path, `${kind}.bpf.o`);
  const include = join(import.meta.dirname, '..', '..', 'bpf', 'include');
  const machine = execFileSync('gcc', ['-dumpmachine'], { encoding: 'utf8' }).trim();
  const target = process.arch === 'arm64' ? 'arm64' : 'x86';
  const defines = [`-D__TARGET_ARCH_${target}`, ...(kind === 'pairs' ? ['-DPAIRS'] : [])];
  execFileSync('clang', [
    ...['-O2', '-g', '-target', 'bpf', '-mcpu=v3', ...defines, `-I${include}`, `-I/usr/include/${machine}`],
    ...['-c', join(import.meta.dirname, 'peers.bpf.c'), '-o', output],
  ]);
  return output;
}

/** Nanoseconds on a processor so far (/proc/PID/schedstat). */
function cpuNs(pids: readonly number[]): number {
  return pids.reduce(
    (sum, pid) => sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return (at((sorted.length - 1) >> 1) + at(sorted.length >> 1)) / 2;
}

interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly cpuUs: number;
  /** Share of a processor that the worker used. */
  readonly busy: number;
}

/** How the measured load shares the machine. */
interface Manner {
  readonly clientSleeps: boolean;
  readonly readerWaits: boolean;
}

const alone: Manner = { clientSleeps: false, readerWaits: true };
const shared: Manner = { clientSleeps: true, readerWaits: false };

function clientEnvironment({ clientSleeps }: Manner): NodeJS.ProcessEnv {
  return {
    ...process.env,
    LD_LIBRARY_PATH: clientLibraries,
    ...(!clientSleeps && { LD_PRELOAD: busyClient }),
  };
}

async function load(url: string, manner: Manner): Promise<Load> {
  const before = cpuNs(workers);
  const start = process.hrtime.bigint();
  const { stdout } = await run(
    'taskset',
    ['-c', otherCpus, 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, url],
    { env: clientEnvironment(manner) },
  );
  const usedNs = cpuNs(workers) - before;
  const busy = usedNs / Number(process.hrtime.bigint() - start);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const perSecond = Number(/Requests\/sec:\s*([\d.]+)/.exec(stdout)?.[1]);
  return { requests, perSecond, cpuUs: usedNs / requests / 1000, busy };
}

async function hooked<T>(
  hooks: Hooks,
  pid: number,
  work: () => Promise<T>,
  { readerWaits } = alone,
): Promise<[T, AgentReport]> {
  const agent = fork(join(import.meta.dirname, 'agent.ts'));
  const objectPath = hooks === 'symbols' ? peers.symbols : peers.pairs;
  const task: AgentTask = {
    hooks,
    pid,
    traffic: pid === nginx.pid,
    objectPath,
    ...(hooks === 'symbols' && libssl && { library: libssl }),
  };
  agent.on('exit', code => {
    if (code) process.exit(1);
  });
  await pin(agent.pid ?? 0, otherCpus);
  agent.send(task);
  await once(agent, 'message');
  if (readerWaits) await run('chrt', ['-a', '-i', '-p', '0', String(agent.pid)]);
  const result = await work();
  if (readerWaits) await run('chrt', ['-a', '-o', '-p', '0', String(agent.pid)]);
  agent.send('stop');
  const [report] = (await once(agent, 'message')) as [AgentReport];
  await once(agent, 'exit');
  return [result, report];
}

interface Variant {
  readonly name: string;
  readonly hooks: Hooks;
  readonly pid: number;
}

const variants: Record<'plaintext' | 'TLS', readonly Variant[]> = {
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
};

type Traffic = 'plaintext' | 'TLS';

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
async function compare(traffic: Traffic, list: readonly Variant[], manner: Manner): Promise<Pair[][]> {
  const port = traffic === 'TLS' ? nginx.httpsPort : nginx.httpPort;
  const url = `${traffic === 'TLS' ? 'https' : 'http'}://127.0.0.1:${port}/`;
  const results = list.map((): Pair[] => []);
  let before = await load(url, manner);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { hooks, pid }] of list.entries()) {
      const [on, report] = await hooked(hooks, pid, () => load(url, manner), manner);
      const after = await load(url, manner);
      results[index]?.push({ off: meanLoad(before, after), on, report });
      before = after;
    }
  }
  return results;
}

const rows: Record<string, string | number>[] = [];
const sharedRows: typeof rows = [];
for (const traffic of ['plaintext', 'TLS'] as const) {
  const results = await compare(traffic, variants[traffic], alone);
  for (const [index, { name, pid }] of variants[traffic].entries()) {
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
  const targeted = variants[traffic].filter(({ pid }) => pid === nginx.pid);
  for (const [index, all] of (await compare(traffic, targeted, shared)).entries()) {
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
  process.exitCode = 1;
  console.error(
    `not valid: ${traffic}, ${hooks}: nginx was not the bottleneck; something else runs on this machine`,
  );
}
console.log(
  'reported % above 100: requests under way when the client stops are reported, and not counted by the client.',
);

/** Seconds for a million reads and writes of one byte between devices. */
async function systemCalls(): Promise<number> {
  const start = process.hrtime.bigint();
  await run('dd', ['if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=1000000', 'status=none']);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

const calls: Record<string, string>[] = [];
for (const [name, hooks] of [
  ['this, socket tracepoints (A)', 'A'],
  ['this, end of system calls (B)', 'B'],
  ['others: pairs around system calls', 'pairs'],
] as const) {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const off = await systemCalls();
    const [on] = await hooked(hooks, nginx.pid, systemCalls);
    ratios.push(off / on);
  }
  calls.push({ 'system calls without sockets': name, 'speed ratio': median(ratios).toFixed(3) });
}
console.table(calls);

/** Latency in microseconds at a fixed rate: median and 99th percentile. */
async function latency(): Promise<{ p50: number; p99: number }> {
  const log = join(folder.path, `latency-${process.hrtime.bigint()}`);
  const args = [
    '--h1',
    '-t1',
    `-c${connections}`,
    `--rps=${rate / connections}`,
    `--duration=${seconds + 1}`,
  ];
  const url = `http://127.0.0.1:${nginx.httpPort}/`;
  await run('taskset', ['-c', otherCpus, 'h2load', ...args, `--log-file=${log}`, url], {
    env: clientEnvironment(alone),
  });
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

const delays: { off: { p50: number; p99: number }; on: { p50: number; p99: number } }[] = [];
for (let round = 0; round < rounds; round++) {
  const off = await latency();
  const [on] = await hooked('A', nginx.pid, latency);
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
console.log(
  'These figures need a machine that is idle otherwise. Goals: CPU ratio 0.90 plaintext, 0.60 TLS and six times that of ' +
    'the probes on SSL_read and SSL_write, 0.95 where nginx is no target; agent at most 8 us/req; system calls 1.00; ' +
    'p99 at most 50 us added.',
);
await nginx.stop();
await other.stop();
folder.remove();
otherFolder.remove();
