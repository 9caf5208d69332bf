import { expect } from 'chai';
import type { Endpoint } from '../../../runtime/protocol/generated/upload.ts';
import { killRun } from './kill-run.ts';
import { exchange, MirrorClient } from './mirror-client.ts';
import { ServiceProcess } from './service-process.ts';
import { TestCloud } from './test-cloud.ts';
import { waitUntil } from './wait-until.ts';

const token = 'delivery-test-token';

describe('the path from agent through processing and aggregation to the cloud', function () {
  // Mostly starts of processes, which take long on a busy machine.
  this.timeout(600_000);
  let cloud: TestCloud;
  let aggregation: ServiceProcess;
  let processing: ServiceProcess;
  const clients: MirrorClient[] = [];

  async function startAll(intervalMs: number) {
    cloud = new TestCloud(token);
    const cloudPort = await cloud.listen();
    aggregation = new ServiceProcess('aggregation', token, {
      cloud: { host: '127.0.0.1', port: cloudPort },
      uploadIntervalMs: intervalMs,
    });
    await aggregation.start();
    processing = new ServiceProcess('processing', token, {
      aggregation: { host: '127.0.0.1', port: aggregation.port },
      flushIntervalMs: intervalMs,
    });
    await processing.start();
  }

  function connect(agent: string): MirrorClient {
    const client = new MirrorClient(agent, () => ({ port: processing.port, token }));
    clients.push(client);
    return client;
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.stop();
    await processing?.dispose();
    await aggregation?.dispose();
    await cloud?.close();
  });

  it('turns requests into endpoints with templates, types and required flags', async () => {
    await startAll(1000);
    const client = connect('node-a');
    await waitUntil('the agent is connected', () => client.connections > 0);
    client.send([
      exchange({ target: '/api/v1/users/1?verbose=true', timeUs: 1_790_000_000_000_001 }),
      exchange({ target: '/api/v1/users/22', timeUs: 1_790_000_000_000_002 }),
      exchange({ target: '/api/v1/users/22', status: 404 }),
      exchange({ target: '/api/v1/users', authority: 'localhost:8080' }),
      exchange({ target: '/api/v1/users', method: 'OPTIONS' }),
      exchange({
        method: 'POST',
        target: '/api/v1//users/',
        status: 201,
        headers: { 'Content-Type': 'application/json', 'X-Tenant': '7', Cookie: 'session=abc' },
        body: JSON.stringify({ name: 'Jane', emails: [{ address: 'jane@example.com' }] }),
      }),
    ]);
    await waitUntil('both endpoints are in the cloud', () => cloud.live().size === 2);
    await waitUntil('the batch is acknowledged', () => client.unacknowledged === 0);

    const [post, get] = [...cloud.live().values()].sort((a, b) => b.method.localeCompare(a.method));
    expect(summary(get)).to.deep.equal({
      endpoint: 'GET api.example.test/api/v1/users/{user_id}',
      requests: 2,
      statuses: ['200×2'],
      parameters: ['path user_id: integer, required', 'query verbose: boolean'],
    });
    expect([get?.firstSeenUs, get?.lastSeenUs]).to.deep.equal([1_790_000_000_000_001, 1_790_000_000_000_002]);
    expect(summary(post)).to.deep.equal({
      endpoint: 'POST api.example.test/api/v1/users',
      requests: 1,
      statuses: ['201×1'],
      parameters: [
        'body emails[].address: email, required',
        'body name: string, required',
        'cookie session: string, required',
        'header x-tenant: integer, required',
      ],
    });
    expect([...cloud.authorizations]).to.deep.equal([`Bearer ${token}`]);
  });

  it('keeps and sends everything after the cloud was away, and stops in order', async () => {
    await startAll(50);
    await cloud.close();
    const client = connect('node-a');
    client.send([exchange({ target: '/ping' })]);
    await waitUntil(
      'it is acknowledged without a cloud',
      () => client.unacknowledged === 0 && client.sent === 1,
    );
    expect(await processing.stop()).to.equal(0);
    expect(await aggregation.stop()).to.equal(0);
    expect(aggregation.lines.join('\n'))
      .to.contain('everything is kept and sent again')
      .and.not.contain(token);
  });

  it('does not acknowledge while aggregation is away, and delivers when it is back', async () => {
    await startAll(20);
    const client = connect('node-a');
    await waitUntil('the agent is connected', () => client.connections > 0);
    await aggregation.kill();
    for (let i = 0; i < 5; i++) client.send([exchange({ target: `/things/${i}` })]);
    await waitUntil('processing says so', () => processing.lines.some(line => line.includes('not ready')));
    expect(client.unacknowledged).to.equal(5);
    await aggregation.start();
    await waitUntil('all is acknowledged', () => client.unacknowledged === 0);
    await waitUntil('all is counted', () => cloud.requests() === 5);
  });

  it('replaces values of paths in processing once aggregation has seen enough of them', async () => {
    await startAll(20);
    const client = connect('node-a');
    const users = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => {
        const name = `${'bdfgklmnprst'[i % 12]}${'aeiou'[i % 5]}${(from + i).toString(26).replace(/\d/g, 'n')}son`;
        return [exchange({ target: `/users/${name}` }), exchange({ target: `/users/${name}/orders` })];
      }).flat();
    client.send(users(0, 600));
    await waitUntil('names are taken for values', () => cloud.live().size === 2);
    const before = cloud.requests();
    // What comes now may already be replaced; either way it is counted once.
    for (let part = 0; part < 5; part++) client.send(users(600 + 100 * part, 700 + 100 * part));
    await waitUntil('all is counted', () => cloud.requests() === before + 1000);
    expect([...cloud.live().values()].map(({ template }) => template)).to.have.members([
      '/users/{user}',
      '/users/{user}/orders',
    ]);
    expect(await processing.stop()).to.equal(0);
    expect(processing.lines.join('')).not.to.contain('closed');
  });

  it('counts every exchange exactly once through kill -9 of both services at random moments', async () => {
    const { sent, counted, stale, clusters } = await killRun({ kills: 25, seed: 12_345 });
    expect(counted).to.deep.equal(sent);
    expect([stale, clusters]).to.deep.equal([0, 1]);
  });
});

function summary(endpoint: Endpoint | undefined) {
  if (endpoint === undefined) return undefined;
  return {
    endpoint: `${endpoint.method} ${endpoint.host}${endpoint.template}`,
    requests: endpoint.requests,
    statuses: endpoint.statuses.map(({ status, requests }) => `${status}×${requests}`),
    parameters: endpoint.parameters.map(
      ({ location, name, type, required }) => `${location} ${name}: ${type}${required ? ', required' : ''}`,
    ),
  };
}
