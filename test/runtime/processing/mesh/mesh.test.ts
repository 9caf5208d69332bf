// Three replicas as processes, each with an address of its own on loopback, found through a name server.

import { expect } from 'chai';
import { freePort } from '../free-port.ts';
import { exchange, MirrorClient } from '../mirror-client.ts';
import { ServiceProcess } from '../service-process.ts';
import { TestCloud } from '../test-cloud.ts';
import { waitUntil } from '../wait-until.ts';
import { DnsServer } from './dns-server.ts';

const token = 'mesh-test-token';
/** Batches an agent has under way: the load follows the services on a slow machine too. */
const mostUnderWay = 50;

interface Replica {
  address: string;
  process: ServiceProcess;
  alive: boolean;
}

describe('the mesh of processing replicas', function () {
  this.timeout(600_000);
  let dns: DnsServer;
  let cloud: TestCloud;
  let aggregation: ServiceProcess;
  let replicas: Replica[];
  let clients: MirrorClient[];

  beforeEach(async () => {
    clients = [];
    replicas = [];
    dns = new DnsServer();
    const resolver = await dns.listen();
    cloud = new TestCloud(token);
    aggregation = new ServiceProcess('aggregation', token, {
      cloud: { host: '127.0.0.1', port: await cloud.listen() },
      uploadIntervalMs: 20,
    });
    await aggregation.start();
    const meshPort = await freePort();
    for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) {
      const config = {
        aggregation: { host: '127.0.0.1', port: aggregation.port },
        flushIntervalMs: 20,
        replica: address,
        metrics: { enabled: true, listen: '127.0.0.1:0' },
        mesh: {
          listen: `${address}:${meshPort}`,
          ...{ service: 'processing-discovery.test', address, resolver, refreshIntervalMs: 100 },
        },
      };
      replicas.push({ address, process: new ServiceProcess('processing', token, config), alive: false });
    }
  });

  afterEach(async () => {
    for (const client of clients) await client.stop();
    for (const { process } of replicas) await process.dispose();
    await aggregation.dispose();
    await cloud.close();
    dns.close();
  });

  const replica = (index: number) => replicas[index] as Replica;

  async function start(index: number): Promise<void> {
    await replica(index).process.start();
    replica(index).alive = true;
    dns.addresses = [...new Set([...dns.addresses, replica(index).address])];
  }

  /** Without a word; the name server notices later. */
  async function kill(index: number): Promise<void> {
    replica(index).alive = false;
    await replica(index).process.kill();
  }

  /** An agent goes to any replica that lives, as a Service would send it. */
  function agent(name: string): MirrorClient {
    let turn = clients.length;
    const client = new MirrorClient(name, () => {
      const living = replicas.filter(({ alive }) => alive);
      turn += 1;
      return { port: living[turn % living.length]?.process.port ?? 1, token };
    });
    clients.push(client);
    return client;
  }

  const reachable = (index: number, other: number) =>
    replica(index)
      .process.lines.filter(line => line.includes(`"host":"${replica(other).address}"`))
      .at(-1)
      ?.includes('"msg":"replica reachable"') ?? false;

  async function forwarded(index: number): Promise<number> {
    const address = replica(index).process.address('metrics are listening');
    const text = await (await fetch(`http://${address}/metrics`)).text();
    const outcomes = text.matchAll(/^oob_processing_forwarded_exchanges_total\{[^}]*\} (\d+)$/gm);
    return [...outcomes].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  it('reads the exchanges of one connection on one replica, whichever the agent is connected to', async () => {
    await Promise.all([start(0), start(1), start(2)]);
    await waitUntil('all see each other', () =>
      [0, 1, 2].every(a => [0, 1, 2].every(b => a === b || reachable(a, b))),
    );
    const client = agent('node-a');
    await waitUntil('the agent is connected', () => client.connections > 0);
    for (let connection = 1; connection <= 300; connection++)
      client.send([{ ...exchange({ target: '/things' }), connection }]);
    await waitUntil('all is acknowledged', () => client.unacknowledged === 0);
    await waitUntil('all is counted', () => cloud.requests() === 300);
    const counts = await Promise.all([0, 1, 2].map(forwarded));
    // The replica with the agent sends on about two thirds.
    expect(counts.reduce((sum, count) => sum + count, 0)).to.be.at.least(150);
  });

  it('loses nothing and counts nothing twice while replicas are killed and join under load', async () => {
    await Promise.all([start(0), start(1)]);
    await waitUntil('they see each other', () => reachable(0, 1) && reachable(1, 0));
    const agents = [agent('node-a'), agent('node-b')];
    let sent = 0;
    let loading = true;
    const load = (async () => {
      for (let number = 0; loading; number++) {
        for (const client of agents) {
          if (client.unacknowledged >= mostUnderWay) continue;
          const exchanges = Array.from({ length: 1 + (number % 7) }, (_, i) => ({
            ...exchange({ target: '/things' }),
            connection: number * 7 + i,
          }));
          sent += exchanges.length;
          client.send(exchanges);
        }
        await new Promise(resolve => setTimeout(resolve, 2));
      }
    })();
    const progress = async () => {
      const before = agents.map(({ acknowledged }) => acknowledged);
      await waitUntil('acknowledgements come', () =>
        agents.every(({ acknowledged }, index) => acknowledged > (before[index] ?? 0) + 5),
      );
    };
    await progress();
    await start(2);
    await waitUntil('the new one is seen', () => reachable(0, 2) && reachable(1, 2));
    await progress();
    for (const victim of [1, 0, 2, 1]) {
      await kill(victim);
      await progress();
      // The name still resolves to the dead one, then no longer, then it is back.
      dns.addresses = dns.addresses.filter(address => address !== replica(victim).address);
      await progress();
      await start(victim);
      await progress();
    }
    dns.broken = true;
    await progress();
    loading = false;
    await load;
    await waitUntil('everything is acknowledged', () => agents.every(item => item.unacknowledged === 0));
    await waitUntil(`${sent} requests in the cloud, not ${cloud.requests()}`, () => cloud.requests() >= sent);
    expect(cloud.requests()).to.equal(sent);
    expect(cloud.stale).to.equal(0);
  });

  it('is not built when it is switched off', async () => {
    const alone = new ServiceProcess('processing', token, {
      aggregation: { host: '127.0.0.1', port: aggregation.port },
      connector: { disable_mesh: true },
      mesh: { service: 'processing-discovery.test' },
    });
    await alone.start();
    expect(alone.lines.join('\n')).not.to.contain('mesh is listening');
    expect(await alone.stop(), alone.lines.join('\n')).to.equal(0);
    await alone.dispose();
  });
});
