// A service as a child process, from its main.ts, on a free port.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import { freePort } from './free-port.ts';

const listening = /^(mirror is|findings are) listening$/;

export class ServiceProcess {
  readonly #name: 'processing' | 'aggregation';
  readonly #config: object;
  readonly #token: string;
  readonly #directory: string;
  #child: ChildProcess | undefined;
  #port = 0;
  /** Log lines of all lives of the process. */
  readonly lines: string[] = [];

  /** `config` beside what a test needs: ephemeral ports for health and metrics. */
  constructor(name: 'processing' | 'aggregation', token: string, config: object) {
    this.#name = name;
    this.#token = token;
    this.#config = config;
    this.#directory = mkdtempSync(join(tmpdir(), `oob-${name}-`));
  }

  /** Kept across restarts, so that the other side finds the service again. */
  get port(): number {
    return this.#port;
  }

  get directory(): string {
    return this.#directory;
  }

  /** The address in the newest log line with this message. */
  address(message: string): string | undefined {
    const line = this.lines.findLast(text => text.includes(`"msg":"${message}"`));
    return line === undefined ? undefined : (JSON.parse(line) as { address: string }).address;
  }

  /** Resolves when the service listens; rejects with its output when it ends first. */
  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const file = join(this.#directory, 'config.yaml');
    const common = {
      health: { listen: '127.0.0.1:0' },
      metrics: { enabled: false },
      listen: `127.0.0.1:${this.#port}`,
      ...(this.#name === 'aggregation' ? { dataDir: join(this.#directory, 'data') } : {}),
    };
    writeFileSync(file, stringify({ ...common, ...this.#config }));
    const main = new URL(`../../../runtime/${this.#name}/main.ts`, import.meta.url).pathname;
    const child = spawn(process.execPath, [main, 'run', '--config', file], {
      env: { PATH: process.env.PATH, WALLARM_API_TOKEN: this.#token },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', text => this.lines.push(text));
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout ?? process.stdin }).on('line', line => {
        this.lines.push(line);
        const { msg } = JSON.parse(line) as { msg: string };
        if (listening.test(msg)) resolve();
      });
      child.once('exit', code =>
        reject(new Error(`${this.#name} ended with ${code}:\n${this.lines.slice(-5).join('\n')}`)),
      );
    });
  }

  /** No warning, no chance to save anything. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Exit code of an orderly stop. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Ends the process and removes what it wrote. */
  async dispose(): Promise<void> {
    await this.#end('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    const [code] = await ended;
    return code;
  }
}
