// The whole path on one machine: sample API ← nginx with TLS ← clients, and agent → processing → aggregation →
// cloud, each a process of its own with a configuration file as in production.
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { type Endpoint, readInventory, type Settled, settle } from './inventory.ts';
import { accepts, prepareNginx, processTree } from './nginx.ts';
import { nginxCommand } from './prerequisites.ts';
import { type DemoPorts, type ServiceName, serviceNames, writeServiceConfig } from './service-configs.ts';
import { createStateFolder } from './state-folder.ts';
import { Supervisor } from './supervisor.ts';
import { type PlannedRequest, type SendOptions, send } from './traffic.ts';

export type DemoOptions = {
  /** False: everything but the agent, so that nothing is found. Default true. */
  readonly agent?: boolean;
  /** Progress, one line each. */
  readonly say: (line: string) => void;
  /** The demo cannot go on; `stop` is still to be called. */
  readonly onFailure: (error: Error) => void;
};

const runtime = join(import.meta.dirname, '..');

export class Demo {
  readonly #options: DemoOptions;
  readonly #folder: string;
  readonly #ports: DemoPorts;
  readonly #token: string;
  readonly supervisor: Supervisor;
  /** Requests answered with 2xx since the start: what discovery has to account for. */
  expected = 0;

  private constructor(options: DemoOptions, folder: string, ports: DemoPorts) {
    this.#options = options;
    this.#folder = folder;
    this.#ports = ports;
    this.#token = randomBytes(24).toString('base64url');
    writeFileSync(join(folder, 'token'), this.#token, { mode: 0o600 });
    process.on('exit', this.#removeFolder);
    this.supervisor = new Supervisor({
      folder,
      say: options.say,
      onGivenUp: options.onFailure,
      onRestarted: name => this.#restarted(name),
    });
  }

  /** Starts everything and resolves when all of it works. Rejects with what did not start, leaving nothing behind. */
  static async start(options: DemoOptions): Promise<Demo> {
    const folder = createStateFolder();
    const [nginx = 0, api = 0, ingest = 0, console = 0, findings = 0, mirror = 0, ...health] =
      await freePorts(10);
    const [cloud = 0, aggregation = 0, processing = 0, agent = 0] = health;
    const ports = {
      nginx,
      api,
      ingest,
      console,
      findings,
      mirror,
      health: { cloud, aggregation, processing, agent },
    };
    const demo = new Demo(options, folder, ports);
    try {
      await demo.#startAll();
      return demo;
    } catch (error) {
      await demo.stop();
      throw error;
    }
  }

  /** Where the console is, the token in the fragment. */
  get consoleAddress(): string {
    return `${this.#origin}/#token=${this.#token}`;
  }

  /** The application, as clients see it. */
  get apiAddress(): string {
    return `https://127.0.0.1:${this.#ports.nginx}`;
  }

  get folder(): string {
    return this.#folder;
  }

  /** Sends requests to the application and counts those that discovery must find. */
  async send(
    requests: readonly PlannedRequest[],
    options: Omit<SendOptions, 'port' | 'onStatus'> = {},
  ): Promise<void> {
    const onStatus = (status: number) => {
      if (status >= 200 && status <= 299) this.expected += 1;
    };
    await send(requests, { ...options, port: this.#ports.nginx, onStatus });
  }

  inventory(): Promise<Endpoint[]> {
    return readInventory(this.#origin, this.#token);
  }

  /** Waits until the inventory holds every request that counts, and rests. */
  settled(timeoutMs: number, signal?: AbortSignal): Promise<Settled> {
    return settle({
      read: () => this.inventory(),
      expected: this.expected,
      timeoutMs,
      stableMs: 1500,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Ends all parts and removes the folder. */
  async stop(): Promise<void> {
    await this.supervisor.stop();
    this.#removeFolder();
    process.off('exit', this.#removeFolder);
  }

  get #origin(): string {
    return `http://127.0.0.1:${this.#ports.console}`;
  }

  async #startAll(): Promise<void> {
    const { api, nginx } = this.#ports;
    this.supervisor.start({
      name: 'sample-api',
      command: process.execPath,
      args: [join(runtime, 'demo/sample-api.ts'), String(api)],
      isReady: () => accepts(api),
    });
    this.supervisor.start({
      name: 'nginx',
      command: nginxCommand(),
      args: prepareNginx({ folder: this.#folder, port: nginx, upstreamPort: api }),
      isReady: () => accepts(nginx),
    });
    for (const name of serviceNames.filter(name => name !== 'agent')) this.#startService(name);
    // The agent is told nginx's processes, so they come first.
    await this.supervisor.whenReady('nginx');
    if (this.#options.agent ?? true) this.#startService('agent');
    await Promise.all(this.supervisor.names().map(name => this.supervisor.whenReady(name)));
  }

  #startService(name: ServiceName): void {
    const config = this.#writeConfig(name);
    const ready = `http://127.0.0.1:${this.#ports.health[name]}/ready`;
    this.supervisor.start({
      name,
      command: process.execPath,
      args: [join(runtime, name, 'main.ts'), 'run', '--config', config],
      env: { WALLARM_API_TOKEN_FILE: join(this.#folder, 'token') },
      isReady: async () => (await fetch(ready, { signal: AbortSignal.timeout(2000) })).ok,
    });
  }

  #writeConfig(name: ServiceName): string {
    const pids = name === 'agent' ? processTree(this.supervisor.pid('nginx')) : [];
    return writeServiceConfig(name, this.#folder, this.#ports, pids);
  }

  /** A new nginx has new processes, which the agent has to be told. */
  #restarted(name: string): void {
    if (name !== 'nginx' || !this.supervisor.names().includes('agent')) return;
    this.supervisor.whenReady('nginx').then(
      () => {
        this.#writeConfig('agent');
        this.supervisor.kill('agent');
      },
      () => {},
    );
  }

  readonly #removeFolder = (): void => rmSync(this.#folder, { recursive: true, force: true });
}
