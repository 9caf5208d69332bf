import { type ChildProcess, spawn } from 'node:child_process';
import { expect } from 'chai';
import { until } from './delivery/endpoint.ts';

export interface Observed {
  client: string;
  server: string;
  process: { pid: number; comm: string };
  tls: boolean;
  protocol: string;
  request: { method: string; target: string; headers: [string, string][]; body: string; truncated: boolean };
  response: { status: number; headers: [string, string][] } | null;
  durationMs: number;
  lostBytes: number;
}

export const main = 'runtime/agent/main.ts';

/** `agent observe --json …` as a user starts it. */
export class Observer {
  readonly seen: Observed[] = [];
  errors = '';
  private readonly child: ChildProcess;
  private readonly exited: Promise<number | null>;

  constructor(args: readonly string[], output: 'pipe' | number = 'pipe', within: readonly string[] = []) {
    const [command = '', ...rest] = [...within, process.execPath, main, 'observe', '--json', ...args];
    this.child = spawn(command, rest, { stdio: ['ignore', output, 'pipe'] });
    this.exited = new Promise(resolve => this.child.once('exit', resolve));
    let line = '';
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      this.seen.push(...lines.map(line => JSON.parse(line) as Observed));
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
  }

  async ready(): Promise<void> {
    await until(() => /^ready$/m.test(this.errors) || this.child.exitCode !== null, 'ready', 60_000);
    expect(this.errors).to.match(/^ready$/m);
  }

  find(target: string): Observed[] {
    return this.seen.filter(({ request }) => request.target === target);
  }

  /** The signal, then the exit code. */
  interrupt(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  closeOutput(): void {
    this.child.stdout?.destroy();
  }

  /** The exit code of one that ends by itself. */
  exitCode(): Promise<number | null> {
    return this.exited;
  }
}
