// The whole product in a real cluster: images, chart, three applications behind TLS, one inventory. Needs root.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { expect } from 'chai';
import { buildImages } from '../../runtime/images/build-images.ts';
import { checkout } from '../../runtime/images/services.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { leftovers } from '../cluster/leftovers.ts';
import { waitUntil } from '../cluster/wait.ts';
import { type App, loadAppImage, startApps } from './cluster-apps.ts';
import { diagnose } from './cluster-diagnosis.ts';
import {
  accountEndpoints,
  accountRequests,
  type EndpointCounts,
  expected,
  orderEndpoints,
  orderRequests,
  type Request,
  readInventory,
  sendTraffic,
} from './cluster-traffic.ts';

const release = 'wallarm-ebpf';
const namespace = 'wallarm-ebpf';
const token = 'a-token-of-the-cluster-test-0123456789';
const chart = join(checkout, 'dist', 'chart', 'wallarm-oob');
const warmUp: Request = { method: 'GET', path: '/warm-up' };

const orders: App = {
  name: 'orders',
  namespace: 'shop',
  host: 'orders.example.test',
  podAnnotations: { 'mirror.wallarm.com/enabled': 'true' },
};
const accounts: App = {
  name: 'accounts',
  namespace: 'identity',
  host: 'accounts.example.test',
  podAnnotations: {},
};
const hidden: App = { name: 'hidden', namespace: 'shop', host: 'hidden.example.test', podAnnotations: {} };
const apps = [orders, accounts, hidden];

/** Named durations, printed at the end. */
const durations: [string, number][] = [];

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    durations.push([name, performance.now() - started]);
  }
}

describe('the chart in a cluster', function () {
  this.timeout(600_000);
  // Each step builds on the one before.
  this.bail(true);
  let cluster: Cluster;
  let addresses: ReadonlyMap<App, string>;
  let cloudAddress: string;

  before('build the images and start a cluster', async () => {
    if (!existsSync(chart)) throw new Error(`${chart} is not there: run npm run synth`);
    const outputDir = join(checkout, 'dist', 'images', 'archives');
    // Side by side: starting a cluster is mostly waiting.
    const building = timed('build images', () => buildImages({ localBase: true, outputDir }));
    const starting = timed('start cluster', () => startCluster());
    await Promise.allSettled([building, starting]);
    cluster = await starting;
    const images = await building;
    await timed('load images', async () => {
      for (const { archive } of images) await cluster.loadImage(archive ?? '');
      await loadAppImage(cluster);
    });
  });

  afterEach('say what the cluster looked like', async function () {
    if (this.currentTest?.isFailed() && cluster) process.stderr.write(await diagnose(cluster, namespace));
  });

  after('print how long everything took', async () => {
    // Tests before the last one may have failed.
    if (cluster) await cluster.stop();
    for (const [name, ms] of durations)
      process.stdout.write(`${(ms / 1000).toFixed(2).padStart(8)} s  ${name}\n`);
  });

  const inventory = (): Promise<EndpointCounts> => readInventory(cluster, cloudAddress, token);

  /** Without the warm-up requests, of which nobody knows how many were seen. */
  const counted = async (): Promise<EndpointCounts> =>
    Object.fromEntries(Object.entries(await inventory()).filter(([name]) => !name.endsWith(warmUp.path)));

  const send = (app: App, requests: readonly Request[]): Promise<Record<string, number>> =>
    sendTraffic(cluster, { address: addresses.get(app) ?? '', port: 8443, host: app.host, requests });

  async function sendRound(): Promise<void> {
    const [ordersAnswers, accountsAnswers, hiddenAnswers] = await Promise.all([
      send(orders, orderRequests()),
      send(accounts, accountRequests()),
      send(hidden, orderRequests()),
    ]);
    expect(ordersAnswers).to.deep.equal({ 200: 50, 201: 7 });
    expect(accountsAnswers).to.deep.equal({ 200: 21, 204: 5 });
    expect(hiddenAnswers).to.deep.equal({ 200: 50, 201: 7 });
  }

  /** The last counts that were read stand in the assertion's message when they never become the expected ones. */
  async function inventoryBecomes(wanted: EndpointCounts): Promise<void> {
    let last: EndpointCounts = {};
    const sorted = (counts: EndpointCounts) => JSON.stringify(Object.entries(counts).sort());
    await waitUntil(
      'the inventory is complete',
      async () => {
        last = await counted();
        return sorted(last) === sorted(wanted);
      },
      { timeoutMs: 120_000 },
    ).catch(() => {});
    expect(last).to.deep.equal(wanted);
  }

  it('becomes Ready with a token and nothing else', async () => {
    await timed('helm install', () =>
      cluster.helm(
        [
          'install',
          release,
          chart,
          '--namespace',
          namespace,
          '--create-namespace',
          '--set',
          `config.api.token=${token}`,
        ],
        { timeoutMs: 120_000 },
      ),
    );
    await timed('every pod Ready', async () => {
      await cluster.kubectl([
        '-n',
        namespace,
        'rollout',
        'status',
        `daemonset/${release}-wallarm-oob-agent`,
        '--timeout=240s',
      ]);
      await cluster.kubectl([
        '-n',
        namespace,
        'wait',
        '--for=condition=Ready',
        'pod',
        '--all',
        '--timeout=240s',
      ]);
    });
    const service = ['-n', namespace, 'get', 'service', `${release}-wallarm-oob-cloud`];
    cloudAddress = await cluster.kubectl([...service, '-o', 'jsonpath={.spec.clusterIP}']);
  });

  it('starts with an empty inventory', async () => {
    expect(await waitUntil('the cloud service answers', inventory)).to.deep.equal({});
  });

  it('follows pods that start after it, selected by annotation and by namespace label', async () => {
    for (const name of ['shop', 'identity']) await cluster.kubectl(['create', 'namespace', name]);
    await cluster.kubectl(['label', 'namespace', 'identity', 'wallarm-mirror=enabled']);
    addresses = await timed('applications Ready', () => startApps(cluster, apps));
    await timed('first captured request after Ready', () =>
      waitUntil('requests to the selected applications are captured', async () => {
        await Promise.all([send(orders, [warmUp]), send(accounts, [warmUp])]);
        const names = Object.keys(await inventory());
        return [orders, accounts].every(app => names.includes(`GET ${app.host} ${warmUp.path}`));
      }),
    );
  });

  it('finds exactly the endpoints of the selected pods, with exact counts', async () => {
    await sendRound();
    await timed('requests answered to inventory complete', () =>
      inventoryBecomes({
        ...expected(orderEndpoints, orders.host, 1),
        ...expected(accountEndpoints, accounts.host, 1),
      }),
    );
  });

  it('counts a second round exactly and never shows the pod that is not selected', async () => {
    await sendRound();
    await timed('second round to inventory complete', () =>
      inventoryBecomes({
        ...expected(orderEndpoints, orders.host, 2),
        ...expected(accountEndpoints, accounts.host, 2),
      }),
    );
    expect(Object.keys(await inventory()).filter(name => name.includes(hidden.host))).to.deep.equal([]);
  });

  it('leaves nothing in the cluster after helm uninstall', async () => {
    await timed('helm uninstall', () =>
      cluster.helm(['uninstall', release, '--namespace', namespace, '--wait']),
    );
    const selected = [
      'get',
      'all,configmap,secret,clusterrole,clusterrolebinding,serviceaccount',
      '-A',
      '-o',
      'name',
    ];
    await waitUntil('every object of the release is gone', async () => {
      const names = await cluster.kubectl([...selected, '-l', `app.kubernetes.io/instance=${release}`]);
      if (names.trim() !== '') throw new Error(`still there: ${names.trim().split('\n').join(', ')}`);
      return true;
    });
  });

  it('leaves nothing on the machine when the cluster is stopped', async () => {
    await timed('stop cluster', () => cluster.stop());
    expect(await leftovers(cluster.namespaces)).to.deep.equal([]);
  });
});
