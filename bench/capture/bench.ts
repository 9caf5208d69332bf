import { execFile, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { executableFiles } from '../../runtime/agent/capture/process/memory-maps.ts';
import type { BenchServers } from './bench-servers.ts';
import { compilePeers } from './peers.ts';
import type { AgentReport, AgentTask } from './task.ts';

/** Of the client, at once. */
export const connections = 16;

export type Hooks = AgentTask['hooks'];

export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly cpuUs: number;
  /** Share of a processor that the worker used. */
  readonly busy: number;
}

/** How the measured load shares the machine. */
export interface Manner {
  readonly clientSleeps: boolean;
  readonly readerWaits: boolean;
}

export const alone: Manner = { clientSleeps: false, readerWaits: true };
export const shared: Manner = { clientSleeps: true, readerWaits: false };

export interface BenchOptions {
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
  /** Ends what runs. */
  readonly signal: AbortSignal;
}

/** nginx, the client and the agent on the processors of this machine. */
export class Bench {
  readonly options: BenchOptions;
  readonly servers: BenchServers;
  /** nginx has a processor for itself, when there is another for the client and the agent. */
  readonly #otherCpus = availableParallelism() > 1 ? `1-${availableParallelism() - 1}` : '0';
  readonly #libssl: string | undefined;
  readonly #clientLibraries: string;
  readonly #busyClient: string;
  readonly #peers: { readonly pairs: string; readonly symbols: string };

  private constructor(servers: BenchServers, options: BenchOptions) {
    this.servers = servers;
    this.options = options;
    const { nginx, folder } = servers;
    this.#libssl = executableFiles(readFileSync(`/proc/${nginx.pid}/maps`, 'utf8')).find(file =>
      file.path.includes('libssl'),
    )?.path;
    this.#clientLibraries = join(folder, 'client');
    mkdirSync(this.#clientLibraries);
    if (this.#libssl !== undefined)
      copyFileSync(this.#libssl, join(this.#clientLibraries, basename(this.#libssl)));
    this.#busyClient = join(folder, 'busy-client.so');
    const source = join(import.meta.dirname, 'busy-client.c');
    execFileSync('gcc', ['-O2', '-shared', '-fPIC', '-o', this.#busyClient, source]);
    this.#peers = { pairs: compilePeers('pairs', folder), symbols: compilePeers('symbols', folder) };
  }

  static async open(servers: BenchServers, options: BenchOptions): Promise<Bench> {
    const bench = new Bench(servers, options);
    for (const worker of servers.workers) await bench.#pin(worker, '0');
    return bench;
  }

  /** @returns what the command printed */
  async run(command: string, args: readonly string[], env = process.env): Promise<string> {
    const { signal } = this.options;
    return (await promisify(execFile)(command, args, { env, signal })).stdout;
  }

  /** A client on the processors that it has, with its own copy of nginx' library. */
  runClient(command: string, args: readonly string[], { clientSleeps }: Manner): Promise<string> {
    return this.run('taskset', ['-c', this.#otherCpus, command, ...args], {
      ...process.env,
      LD_LIBRARY_PATH: this.#clientLibraries,
      ...(!clientSleeps && { LD_PRELOAD: this.#busyClient }),
    });
  }

  async load(url: string, manner: Manner): Promise<Load> {
    const { workers } = this.servers;
    const before = cpuNs(workers);
    const start = process.hrtime.bigint();
    const args = ['-t1', `-c${connections}`, `-d${this.options.seconds}s`, url];
    const output = await this.runClient('wrk', args, manner);
    const usedNs = cpuNs(workers) - before;
    const busy = usedNs / Number(process.hrtime.bigint() - start);
    const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
    const perSecond = Number(/Requests\/sec:\s*([\d.]+)/.exec(output)?.[1]);
    return { requests, perSecond, cpuUs: usedNs / requests / 1000, busy };
  }

  /** Does `work` while an agent in a process of its own has its hooks on `pid`. */
  async hooked<T>(
    hooks: Hooks,
    pid: number,
    work: () => Promise<T>,
    { readerWaits } = alone,
  ): Promise<[T, AgentReport]> {
    const { signal } = this.options;
    const agent = fork(join(import.meta.dirname, 'agent.ts'), { signal });
    const task: AgentTask = {
      hooks,
      pid,
      traffic: pid === this.servers.nginx.pid,
      objectPath: hooks === 'symbols' ? this.#peers.symbols : this.#peers.pairs,
      ...(hooks === 'symbols' && this.#libssl && { library: this.#libssl }),
    };
    const message = () =>
      new Promise<unknown>((resolve, reject) => {
        agent.once('message', resolve).once('error', reject);
        agent.once('exit', code => reject(new Error(`the agent with hooks ${hooks} ended with ${code}`)));
      });
    const exited = once(agent, 'exit');
    exited.catch(() => {});
    try {
      await this.#pin(agent.pid ?? 0, this.#otherCpus);
      const ready = message();
      agent.send(task);
      await ready;
      if (readerWaits) await this.run('chrt', ['-a', '-i', '-p', '0', String(agent.pid)]);
      const result = await work();
      if (readerWaits) await this.run('chrt', ['-a', '-o', '-p', '0', String(agent.pid)]);
      const report = message();
      agent.send('stop');
      const reported = (await report) as AgentReport;
      await exited;
      return [result, reported];
    } finally {
      if (agent.exitCode === null) agent.kill('SIGKILL');
    }
  }

  /** All threads of a process. */
  async #pin(pid: number, list: string): Promise<void> {
    await this.run('taskset', ['-a', '-c', '-p', list, String(pid)]);
  }
}

/** Nanoseconds on a processor so far (/proc/PID/schedstat). */
function cpuNs(pids: readonly number[]): number {
  return pids.reduce(
    (sum, pid) => sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}
