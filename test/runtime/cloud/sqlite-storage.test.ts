import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import fc from 'fast-check';
import { migrations } from '../../../runtime/cloud/storage/migrations.ts';
import { SqliteStorage } from '../../../runtime/cloud/storage/sqlite-storage.ts';
import { type SortField, sortFields } from '../../../runtime/cloud/storage/storage.ts';
import { batch, endpoint, query } from './samples.ts';

describe('SQLite storage', () => {
  let folder: string;
  let storage: SqliteStorage;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloud-storage-'));
    storage = new SqliteStorage(join(folder, 'data', 'cloud.sqlite'));
  });

  afterEach(async () => {
    await storage.close();
    rmSync(folder, { recursive: true });
  });

  it('gives back what was uploaded', async () => {
    expect(await storage.ingest(batch([endpoint()]))).to.deep.equal({ stored: 1, known: 0 });
    const { total, endpoints } = await storage.list(query());
    expect(total).to.equal(1);
    const { revision: _revision, removed: _removed, ...state } = endpoint();
    const { id, cluster, ...found } = endpoints[0] ?? expect.fail();
    expect(found).to.deep.equal(state);
    expect(cluster).to.equal('name of cluster-a');
    expect(await storage.find(id)).to.deep.equal(endpoints[0]);
  });

  it('ignores a revision that is not newer', async () => {
    await storage.ingest(batch([endpoint({ revision: 5, requests: 50 })]));
    expect(await storage.ingest(batch([endpoint({ revision: 5, requests: 55 })]))).to.deep.equal({
      stored: 0,
      known: 1,
    });
    await storage.ingest(batch([endpoint({ revision: 4, requests: 40 })]));
    expect((await storage.list(query())).endpoints[0]?.requests).to.equal(50);
    await storage.ingest(batch([endpoint({ revision: 6, requests: 60 })]));
    expect((await storage.list(query())).endpoints[0]?.requests).to.equal(60);
  });

  it('sums counts that an earlier version let in up to the largest that numbers hold', async () => {
    const requests = Number.MAX_SAFE_INTEGER;
    const many = Array.from({ length: 1100 }, (_, index) => endpoint({ template: `/${index}`, requests }));
    await storage.ingest(batch(many));
    const summary = await storage.summary();
    expect(summary).to.include({ endpoints: 1100, requests });
    expect(summary.hosts).to.deep.equal([{ host: endpoint().host, endpoints: 1100, requests }]);
  });

  it('keeps operations of one path apart, with all that is known of them', async () => {
    const known = {
      protocol: 'GRAPHQL',
      requestContents: [{ content: 'json', requests: 2 }],
      responseContents: [{ content: 'json', requests: 2 }],
      authentications: [{ type: 'bearer', location: 'header', name: 'authorization', requests: 2 }],
      businessFlows: ['billing'],
      application: 7,
      callers: [{ address: '10.0.0.7', requests: 2 }],
      servers: [{ namespace: 'shop', pod: 'web-1', requests: 2, address: '10.0.0.8' }],
    };
    const one = endpoint({ ...known, template: '/graphql', operation: 'query users' });
    await storage.ingest(batch([one, { ...one, operation: 'mutation pay' }]));
    const { endpoints } = await storage.list(query({ terms: ['mutation'] }));
    expect(endpoints).to.have.length(1);
    expect(endpoints[0]).to.deep.include({ ...known, operation: 'mutation pay' });
    expect((await storage.list(query())).total).to.equal(2);
  });

  it('keeps clusters apart', async () => {
    await storage.ingest(batch([endpoint({ revision: 9, requests: 1 })], 'a'));
    await storage.ingest(batch([endpoint({ revision: 1, requests: 2 })], 'b'));
    const { endpoints } = await storage.list(query({ sort: [{ field: 'cluster', descending: false }] }));
    expect(endpoints.map(({ cluster, requests }) => [cluster, requests])).to.deep.equal([
      ['name of a', 1],
      ['name of b', 2],
    ]);
  });

  it('does not let a replay bring a removed endpoint back, but a newer revision', async () => {
    await storage.ingest(batch([endpoint({ revision: 1 })]));
    await storage.ingest(batch([endpoint({ revision: 2, removed: true })]));
    await storage.ingest(batch([endpoint({ revision: 1 })]));
    expect((await storage.list(query())).total).to.equal(0);
    expect(await storage.summary()).to.deep.equal({ endpoints: 0, requests: 0, hosts: [], methods: [] });
    await storage.ingest(batch([endpoint({ revision: 3 })]));
    expect((await storage.list(query())).total).to.equal(1);
  });

  it('forgets removed endpoints after seven days', async () => {
    const path = join(folder, 'days.sqlite');
    let nowUs = 1e15;
    const aged = new SqliteStorage(path, () => nowUs);
    await aged.ingest(batch([endpoint({ revision: 1, removed: true })]));
    nowUs += 8 * 86_400 * 1e6;
    await aged.ingest(batch([]));
    await aged.close();
    const database = new DatabaseSync(path);
    expect(database.prepare('SELECT count(*) AS n FROM endpoint').get()).to.include({ n: 0 });
    database.close();
  });

  it('reaches the same state whatever the order and repetition of uploads', async () => {
    const revisions = fc.array(
      fc.record({
        template: fc.constantFrom('/a', '/b', '/c'),
        revision: fc.integer({ min: 1, max: 8 }),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(revisions, async uploads => {
        const memory = new SqliteStorage(':memory:');
        const newest = new Map<string, number>();
        for (const { template, revision } of uploads) {
          // One revision is one state: even ones are removals.
          const removed = revision % 2 === 0;
          await memory.ingest(batch([endpoint({ template, revision, removed, requests: revision * 100 })]));
          newest.set(template, Math.max(revision, newest.get(template) ?? 0));
        }
        const expected = [...newest].filter(([, revision]) => revision % 2 === 1).sort();
        const { endpoints } = await memory.list(query());
        await memory.close();
        expect(endpoints.map(({ template, requests }) => [template, requests / 100])).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('stores an upload entirely or not at all', async () => {
    const broken = endpoint({ template: '/broken', requests: Number.NaN });
    let thrown: unknown;
    await storage.ingest(batch([endpoint({ template: '/fine' }), broken])).catch(error => {
      thrown = error;
    });
    expect(thrown).to.be.instanceOf(Error);
    expect((await storage.list(query())).total).to.equal(0);
    await storage.ingest(batch([endpoint()]));
    expect((await storage.list(query())).total).to.equal(1);
  });

  it('finds by words in method, host, template and parameter names, whatever their case', async () => {
    await storage.ingest(
      batch([
        endpoint({ template: '/orders', method: 'POST' }),
        endpoint({ template: '/users_100%', parameters: [] }),
        endpoint({ template: '/straße', host: 'shop.example.test', parameters: [] }),
      ]),
    );
    const found = async (...terms: string[]) =>
      (await storage.list(query({ terms }))).endpoints.map(({ template }) => template);
    expect(await found('POST', 'ORD')).to.deep.equal(['/orders']);
    expect(await found('verbose')).to.deep.equal(['/orders']);
    expect(await found('integer')).to.deep.equal([]);
    expect(await found('_100%')).to.deep.equal(['/users_100%']);
    expect(await found('STRASSE')).to.deep.equal([]);
    expect(await found('STRAßE')).to.deep.equal(['/straße']);
    expect(await found("'; DROP TABLE endpoint; --")).to.deep.equal([]);
  });

  it('sorts by every field in both directions, and pages never overlap', async () => {
    const endpoints = Array.from({ length: 30 }, (_, index) =>
      endpoint({ template: `/t${String(index).padStart(2, '0')}`, requests: index % 3 }),
    );
    await storage.ingest(batch(endpoints));
    for (const field of sortFields) {
      for (const descending of [false, true]) {
        const sort = [{ field, descending }];
        const all = (await storage.list(query({ sort }))).endpoints.map(({ id }) => id);
        const pages: string[] = [];
        for (let offset = 0; offset < 30; offset += 7) {
          const page = await storage.list(query({ sort, limit: 7, offset }));
          expect(page.total).to.equal(30);
          pages.push(...page.endpoints.map(({ id }) => id));
        }
        expect(pages, `${field} ${descending}`).to.deep.equal(all);
        expect(new Set(pages).size).to.equal(30);
      }
    }
    const by = async (field: SortField) =>
      (await storage.list(query({ sort: [{ field, descending: true }], limit: 1 }))).endpoints[0];
    expect((await by('requests'))?.requests).to.equal(2);
    expect((await by('template'))?.template).to.equal('/t29');
  });

  it('summarises hosts and methods, the fullest first', async () => {
    await storage.ingest(
      batch([
        endpoint({ template: '/a', requests: 1 }),
        endpoint({ template: '/b', requests: 2 }),
        endpoint({ template: '/c', requests: 4, host: 'shop.example.test', method: 'POST' }),
      ]),
    );
    const summary = JSON.parse(JSON.stringify(await storage.summary()));
    expect(summary).to.deep.equal({
      endpoints: 3,
      requests: 7,
      hosts: [
        { host: 'api.example.test', endpoints: 2, requests: 3 },
        { host: 'shop.example.test', endpoints: 1, requests: 4 },
      ],
      methods: [
        { method: 'GET', endpoints: 2 },
        { method: 'POST', endpoints: 1 },
      ],
    });
  });

  it('keeps everything over a restart', async () => {
    await storage.ingest(batch([endpoint()]));
    await storage.close();
    storage = new SqliteStorage(join(folder, 'data', 'cloud.sqlite'));
    expect((await storage.list(query())).total).to.equal(1);
  });

  it('refuses a database of a newer version, and says so', () => {
    const path = join(folder, 'newer.sqlite');
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    database.close();
    expect(() => new SqliteStorage(path)).to.throw(/newer\.sqlite has schema version 3, .* up to 2/);
  });

  it('refuses a file that is no database', () => {
    const path = join(folder, 'text.sqlite');
    writeFileSync(path, 'this is not a database, but it is long enough to have a header '.repeat(20));
    expect(() => new SqliteStorage(path)).to.throw(/not a database/);
  });
});
