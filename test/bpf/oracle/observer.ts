import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { until } from '../support.ts';

/** One line of `observe --json`. */
export interface ObservedExchange {
  readonly client: string;
  readonly server: string;
  readonly tls: boolean;
  readonly protocol: string;
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly body: string;
    readonly truncated: boolean;
  };
  readonly response: { readonly status: number } | null;
  readonly lostBytes: number;
}

/** `agent observe --json` as people run it. */
export class Observer {
  readonly exchanges: ObservedExchange[] = [];
  readonly process: ChildProcess;
  #errors = '';
  readonly #exited: Promise<unknown>;

  constructor(args: readonly string[]) {
    const command = ['runtime/agent/main.ts', 'observe', '--json', '--stats', ...args];
    this.process = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exited = once(this.process, 'close');
    if (this.process.stdout)
      createInterface({ input: this.process.stdout }).on('line', line =>
        this.exchanges.push(JSON.parse(line)),
      );
    this.process.stderr?.on('data', chunk => {
      this.#errors += String(chunk);
    });
  }

  /** What it wrote to standard error. */
  get errors(): string {
    return this.#errors;
  }

  async ready(): Promise<this> {
    await until(
      'the observer is ready',
      () => {
        if (this.process.exitCode !== null) throw new Error(`observe ended: ${this.#errors}`);
        return /^ready$/m.test(this.#errors);
      },
      30_000,
    );
    return this;
  }

  /** Ends it with SIGINT; its counters. */
  async stop(): Promise<{ capture: Record<string, number>; exchanges: Record<string, number> }> {
    if (this.process.exitCode === null) this.process.kill('SIGINT');
    await this.#exited;
    return JSON.parse(this.#errors.trimEnd().split('\n').at(-1) ?? '');
  }

  /** Ends it without giving it a chance. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#exited;
  }
}
