// kill -9 of processing, aggregation or both at random moments under load: real processes, real files, a real cloud side.
import { performance } from 'node:perf_hooks';
import { exchange, MirrorClient } from './mirror-client.ts';
import { ServiceProcess } from './service-process.ts';
import { TestCloud } from './test-cloud.ts';
import { waitUntil } from './wait-until.ts';

export interface KillRunOptions {
  readonly kills: number;
  /** Of the moments. */
  readonly seed: number;
  readonly onKill?: (kill: number, victims: readonly string[]) => void;
}

export interface KillRunReport {
  /** Exchanges sent and acknowledged, by endpoint. */
  readonly sent: Readonly<Record<string, number>>;
  /** What the cloud has at the end, by endpoint. */
  readonly counted: Readonly<Record<string, number>>;
  /** Uploads of an older state than one that came before. */
  readonly stale: number;
  readonly clusters: number;
  /** Times that agents had to connect. */
  readonly connections: number;
  readonly seconds: number;
}

const token = 'kill-run-token';

/** Batches an agent has under way: the load follows the services on a slow machine too. */
const mostUnderWay = 100;

const endpoints: readonly (readonly [target: string, endpoint: string])[] = [
  ['/users/1', '/users/{user_id}'],
  ['/users/2/orders', '/users/{user_id}/orders'],
  ['/orders/6f1e7a52-0a52-4d6e-9a35-3d1f6d8c1b11', '/orders/{order_id}'],
  ['/ping?x=1', '/ping'],
];

/** Two agents send without pause while their services die and come back. Resolves when all of it is in the cloud. */
export async function killRun({ kills, seed, onKill }: KillRunOptions): Promise<KillRunReport> {
  const begin = performance.now();
  const cloud = new TestCloud(token);
  const port = await cloud.listen();
  const aggregation = new ServiceProcess('aggregation', token, {
    cloud: { host: '127.0.0.1', port },
    uploadIntervalMs: 20,
  });
  let processing: ServiceProcess | undefined;
  const agents: MirrorClient[] = [];
  try {
    await aggregation.start();
    processing = new ServiceProcess('processing', token, {
      aggregation: { host: '127.0.0.1', port: aggregation.port },
      flushIntervalMs: 20,
    });
    await processing.start();
    const mirrorPort = processing.port;
    for (const name of ['node-a', 'node-b'])
      agents.push(new MirrorClient(name, () => ({ port: mirrorPort, token })));
    const load = new Load(agents);
    const services = { aggregation, processing };
    const random = generator(seed);
    for (let kill = 0; kill < kills; kill++) {
      const before = agents.map(({ acknowledged }) => acknowledged);
      // Let some batches through first, so that there is something to lose and something to count twice.
      await waitUntil(
        'acknowledgements come',
        () => agents.every(({ acknowledged }, index) => acknowledged > (before[index] ?? 0)),
        120_000,
      );
      await new Promise(resolve => setTimeout(resolve, random() * 60));
      const names = ([['aggregation'], ['processing'], ['aggregation', 'processing']] as const)[
        Math.floor(random() * 3)
      ] as readonly (keyof typeof services)[];
      onKill?.(kill, names);
      await Promise.all(names.map(name => services[name].kill()));
      await Promise.all(names.map(name => services[name].start()));
    }
    const sent = await load.end();
    await waitUntil(
      'everything is acknowledged',
      () => agents.every(agent => agent.unacknowledged === 0),
      120_000,
    );
    const total = Object.values(sent).reduce((sum, count) => sum + count, 0);
    await waitUntil(`${total} requests are in the cloud`, () => cloud.requests() >= total, 120_000);
    const counted = [...cloud.live().values()].map(({ template, requests }) => [template, requests] as const);
    return {
      sent,
      counted: Object.fromEntries(counted),
      stale: cloud.stale,
      clusters: cloud.clusters.size,
      connections: agents.reduce((sum, agent) => sum + agent.connections, 0),
      seconds: (performance.now() - begin) / 1000,
    };
  } finally {
    for (const agent of agents) await agent.stop();
    await processing?.dispose();
    await aggregation.dispose();
    await cloud.close();
  }
}

class Load {
  readonly #agents: readonly MirrorClient[];
  readonly #sent: Record<string, number> = {};
  readonly #running: Promise<void>;
  #ending = false;

  constructor(agents: readonly MirrorClient[]) {
    this.#agents = agents;
    this.#running = this.#run();
  }

  /** Exchanges by endpoint. */
  async end(): Promise<Record<string, number>> {
    this.#ending = true;
    await this.#running;
    return this.#sent;
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#ending; number++) {
      for (const agent of this.#agents) {
        if (agent.unacknowledged >= mostUnderWay) continue;
        const batch = Array.from(
          { length: 1 + (number % 5) },
          (_, i) => endpoints[(number + i) % 4] ?? ['/', '/'],
        );
        for (const [, endpoint] of batch) this.#sent[endpoint] = (this.#sent[endpoint] ?? 0) + 1;
        agent.send(batch.map(([target]) => exchange({ target })));
      }
      await new Promise(resolve => setTimeout(resolve, 2));
    }
  }
}

/** Linear congruential (Knuth, TAOCP 3.3.4): the same moments for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
