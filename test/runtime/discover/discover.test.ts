import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { discover } from './discover-process.ts';

const line = (path: string, more: object = {}) =>
  JSON.stringify({
    ...{ method: 'GET', host: 'shop.example', path, query: '', status: 200 },
    ...{ requestContentType: '', responseContentType: 'application/json', ...more },
  });

const assigned = async (...lines: string[]): Promise<(string | null)[]> => {
  const { out, code, err } = await discover(['--assign', '-'], lines.join('\n'));
  expect(code, err).to.be.oneOf([0, 1]);
  return out
    .trimEnd()
    .split('\n')
    .map(text => JSON.parse(text) as string | null);
};

describe('npm run discover', function () {
  this.timeout(60_000);
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oob-discover-test-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('prints the endpoint of every line in order, and null for what admission refuses', async () => {
    const lines = [
      line('/users/1'),
      line('/wp-login.php', { status: 404 }),
      line('/users/2'),
      line('/about', { responseContentType: 'text/html' }),
      line('/users/3', { method: 'HEAD' }),
      line('/users/4', { method: 'OPTIONS' }),
      line('/users/5', { host: 'localhost:8080' }),
      line('/app.js', { responseContentType: 'application/javascript' }),
      '',
      line('/users', { method: 'POST', requestContentType: 'application/json', body: { name: 'x' } }),
    ];
    expect(await assigned(...lines)).to.deep.equal([
      'GET /users/{user_id}',
      null,
      'GET /users/{user_id}',
      ...[null, null, null, null, null, null],
      'POST /users',
    ]);
  });

  it('gives every spelling of a path and host the same endpoint', async () => {
    const spellings = [
      line('/users/1/orders'),
      line('/users/2/orders/'),
      line('/users//3/orders'),
      line('/users/4/./orders'),
      line('/x/../users/5/orders'),
      line('/users/6/%6Frders'),
      line('/users/7/orders?page=2'),
      line('https://shop.example/users/8/orders'),
      line('/users/9/orders;jsessionid=A1'),
      line('/users/10/orders', { host: 'SHOP.example:443' }),
      line('/users/11/orders', { host: 'shop.example.:80', query: '?page=2' }),
    ];
    expect(new Set(await assigned(...spellings))).to.deep.equal(new Set(['GET /users/{user_id}/orders']));
    expect(await assigned(line(''), line('/'))).to.deep.equal(['GET /', 'GET /']);
    expect(await assigned(line('/files/7.json'), line('/files/8.json'))).to.deep.equal([
      'GET /files/{file_id}.json',
      'GET /files/{file_id}.json',
    ]);
  });

  it('reads the lines of observe --json: method, host, path and query, status, contents and time', async () => {
    const observed = join(import.meta.dirname, 'observed.ndjson');
    const { out, code, err } = await discover([observed]);
    expect([code, err]).to.deep.equal([0, '']);
    const { exchanges, endpoints } = JSON.parse(out);
    expect(exchanges).to.deep.equal({ read: 6, admitted: 5, refused: { 'host-loopback': 1 } });
    const found = (endpoints as Record<string, unknown>[]).map(({ host, method, template, statuses }) => ({
      ...{ host, method, template, statuses },
    }));
    const host = 'shop.example';
    expect(found).to.deep.equal([
      { host, method: 'POST', template: '/orders', statuses: { 201: 1 } },
      { host, method: 'POST', template: '/users', statuses: { 201: 1 } },
      { host, method: 'GET', template: '/users/{user_id}', statuses: { 200: 3 } },
    ]);
    const names = endpoints.map(({ parameters }: { parameters: { name: string }[] }) =>
      parameters.map(({ name }) => name),
    );
    expect(names).to.deep.equal([
      ['item', 'x-name'],
      ['age', 'name'],
      ['user_id', 'page'],
    ]);
    expect(endpoints[2]).to.include({
      firstSeen: '2026-11-22T19:10:31.296Z',
      lastSeen: '2026-11-22T19:10:31.330Z',
    });
  });

  it('learns from the whole file before it assigns the first line', async () => {
    const names = 'alice bob carol dave erin frank grace heidi ivan judy mallory niaj'.split(' ');
    const lines = names.flatMap(name => [line(`/api/users/${name}`), line(`/api/users/${name}/repos`)]);
    const [first, second] = await assigned(...lines, ...lines);
    expect([first, second]).to.deep.equal(['GET /api/users/{user}', 'GET /api/users/{user}/repos']);
  });

  it('prints the inventory with counts, parameters and what was refused', async () => {
    const file = join(folder, 'traffic.ndjson.gz');
    const lines = [
      line('/users/1', { query: 'verbose=true', headers: { 'x-tenant': '7' } }),
      line('/users/2'),
      line('/users', {
        ...{ method: 'POST', status: 201, requestContentType: 'application/json' },
        body: { name: 'x', address: { zip: 1 } },
      }),
      line('/users/3', { status: 500 }),
    ];
    writeFileSync(file, gzipSync(`\ufeff${lines.join('\r\n')}\r\n`));
    const { code, out, err } = await discover([file]);
    expect(code, err).to.equal(0);
    const { exchanges, endpoints } = JSON.parse(out);
    expect(exchanges).to.deep.equal({ read: 4, admitted: 3, refused: { status: 1 } });
    expect(endpoints).to.have.length(2);
    const [create, get] = endpoints;
    expect(create).to.include({ host: 'shop.example', method: 'POST', template: '/users', requests: 1 });
    expect(create.parameters.map(({ name }: { name: string }) => name)).to.have.members([
      'name',
      'address.zip',
    ]);
    expect(get).to.include({ method: 'GET', template: '/users/{user_id}', requests: 2 });
    expect(get.statuses).to.deep.equal({ 200: 2 });
    expect(
      get.parameters.map(({ location, name }: Record<string, string>) => `${location} ${name}`),
    ).to.have.members(['path user_id', 'query verbose', 'header x-tenant']);
  });

  it('reads HAR, also when it is written over many lines', async () => {
    const entry = (url: string, mimeType: string) => ({
      startedDateTime: '2026-01-02T03:04:05.000Z',
      request: { method: 'GET', url, headers: [{ name: ':authority', value: 'x' }] },
      response: { status: 200, headers: [{ name: 'Content-Type', value: mimeType }], content: {} },
    });
    const har = {
      log: {
        entries: [
          entry('https://shop.example/users/1?a=b#c', 'application/json; charset=utf-8'),
          entry('https://shop.example/logo.png', 'image/png'),
          entry('data:text/plain,hello', 'text/plain'),
        ],
      },
    };
    for (const text of [JSON.stringify(har), JSON.stringify(har, null, 2)]) {
      const { out } = await discover(['--assign', '-'], text);
      expect(out).to.equal('"GET /users/{user_id}"\nnull\nnull\n');
    }
    const file = join(folder, 'recorded.har');
    writeFileSync(file, JSON.stringify(har));
    const { endpoints } = JSON.parse((await discover([file])).out);
    expect(endpoints[0]).to.include({ firstSeen: '2026-01-02T03:04:05.000Z', requests: 1 });
  });

  it('says which line it cannot read, and ends with 2', async () => {
    const good = line('/users/1');
    const bad: [string, string][] = [
      [`${good}\n{"method": `, 'standard input:2: not JSON'],
      [`${good}\n\n[]`, 'standard input:3: expected an object'],
      [`${good}\n{"path": 7}`, 'standard input:2: path is a number, expected a string'],
      [`${good}\n{"path": "/", "status": "ok"}`, 'standard input:2: status is "ok"'],
      [`${good}\n{"request": {"method": "GET"}}`, 'standard input:2: request.target: '],
      ['{"request": {"method": "GET", "target": "/", "body": "é"}}', 'request.body: expected base64'],
      ['[{}]', 'standard input:1: a list'],
      ['{\n"a": 1}', 'neither one JSON object per line nor a HAR'],
      ['no JSON', 'standard input:1: not JSON'],
    ];
    for (const [text, message] of bad) {
      const { code, err, out } = await discover(['-'], text);
      expect([code, out], err).to.deep.equal([2, '']);
      expect(err).to.include(message);
    }
    for (const args of [[], ['/nowhere'], [folder], ['--unknown', '-']]) {
      const { code, err } = await discover(args);
      expect(code).to.equal(2);
      expect(err).to.match(/^error: /);
    }
  });

  it('ends with 1 when nothing was admitted, with 0 for help', async () => {
    const { code, out, err } = await discover(['-'], `${line('/a', { status: 404 })}\n`);
    expect([code, JSON.parse(out).endpoints]).to.deep.equal([1, []]);
    expect(err).to.equal('discover: none of 1 exchanges was admitted: status 1\n');
    const empty = await discover(['-'], '');
    expect([empty.code, empty.err]).to.deep.equal([1, 'discover: none of 0 exchanges was admitted\n']);
    const help = await discover(['--help']);
    expect([help.code, help.out.includes('--assign')]).to.deep.equal([0, true]);
  });

  it('survives hostile lines', async () => {
    const lines = [
      ...['body', 'query', 'headers'].map(name =>
        line('/deep', { [name]: 'DEEP' }).replace(
          '"DEEP"',
          `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
        ),
      ),
      line('/long', { query: `q=${'x'.repeat(40_000)}` }),
      line(`/${'a/'.repeat(10_000)}`),
      line(`/x/${'y'.repeat(5000)}`, {
        headers: { cookie: 'a='.repeat(10_000), '': '', '\u0000': [1, null] },
      }),
      line('/%ff%fe/\ud800', { query: '__proto__=1&%=2', host: '\u0000' }),
      line('/deep', {
        method: 'POST',
        requestContentType: 'application/json',
        body: `${'['.repeat(100_000)}`,
      }),
      line('*'),
      JSON.stringify({ method: 'GET', path: '/no-status' }),
    ];
    const { code, err, out } = await discover(['--assign', '-'], lines.join('\n'));
    expect(code, err).to.be.oneOf([0, 1]);
    expect(out.trimEnd().split('\n')).to.have.length(lines.length);
  });
});
