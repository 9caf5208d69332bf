import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { statePath } from './layout.ts';
import { inside, type Namespaces } from './namespaces.ts';
import { NeverError } from './wait.ts';

const linesShown = 25;

/** A long-running part of the node, started in its namespaces. */
export class NodeProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  #ended: string | undefined;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    child.on('error', error => {
      this.#ended = `could not be started: ${error.message}`;
    });
    child.on('exit', (code, signal) => {
      this.#ended = `ended with ${signal ?? `status ${code}`}`;
    });
  }

  static async start(
    namespaces: Namespaces,
    name: string,
    binary: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<NodeProcess> {
    await mkdir(statePath('log'), { recursive: true });
    const log = openSync(logPath(name), 'a');
    try {
      // With the death signal, a test that is killed takes these with it; pods are left to the next run's clean-up.
      const [program = '', ...rest] = ['setpriv', '--pdeathsig', 'KILL', ...inside(namespaces.holderPid)];
      const child = spawn(program, [...rest, binary, ...args], {
        stdio: ['ignore', log, log],
        env: { ...process.env, ...env },
      });
      child.unref();
      return new NodeProcess(name, child);
    } finally {
      closeSync(log);
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @throws NeverError with the last lines of its log when the process has ended */
  async assertRunning(): Promise<void> {
    if (this.#ended === undefined) return;
    throw new NeverError(`${this.name} ${this.#ended}; the end of its log:\n${await lastLines(this.name)}`);
  }
}

export function logPath(name: string): string {
  return statePath('log', `${name}.log`);
}

export async function lastLines(name: string, count = linesShown): Promise<string> {
  const text = await readFile(logPath(name), 'utf8').catch(() => '(none)');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
