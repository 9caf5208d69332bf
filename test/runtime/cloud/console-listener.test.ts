import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { FastifyInstance } from 'fastify';
import { consoleListener } from '../../../runtime/cloud/rest/console-listener.ts';
import { noDetails } from '../../../runtime/cloud/storage/storage.ts';
import { batch, endpoint, parameter, parts, token } from './samples.ts';

describe('REST API and console listener', () => {
  let context: ReturnType<typeof parts>;
  let server: FastifyInstance;
  let folder: string;

  beforeEach(async () => {
    context = parts();
    folder = mkdtempSync(join(tmpdir(), 'cloud-console-'));
    server = await consoleListener({ ...context, folder, requestTimeoutMs: 1500 });
    await context.storage.ingest(
      batch([
        endpoint(),
        endpoint({ method: 'POST', template: '/api/v1/users', requests: 3 }),
        endpoint({ host: 'shop.example.test', template: '/cart', parameters: [], requests: 99 }),
      ]),
    );
  });

  afterEach(async () => {
    await server.close();
    await context.storage.close();
    rmSync(folder, { recursive: true });
  });

  const get = (url: string, headers: Record<string, string> = { authorization: `Bearer ${token}` }) =>
    server.inject({ method: 'GET', url, headers });

  it('lists endpoints with all that is known of them', async () => {
    const answer = await get('/api/v1/endpoints?host=api.example.test&method=GET');
    expect(answer.statusCode).to.equal(200);
    const { total, endpoints } = answer.json();
    expect(total).to.equal(1);
    expect(endpoints[0]).to.deep.include({
      cluster: 'name of cluster-a',
      host: 'api.example.test',
      method: 'GET',
      template: '/api/v1/users/{user_id}',
      requests: 12,
      firstSeen: '2026-01-02T03:04:05.000Z',
      lastSeen: '2026-01-02T03:05:05.000Z',
      statuses: [
        { status: 200, requests: 10 },
        { status: 404, requests: 2 },
      ],
      parameters: [
        parameter({ location: 'path', name: 'user_id', type: 'integer', required: true, requests: 12 }),
        parameter({ location: 'query', name: 'verbose', type: 'boolean', required: false, requests: 3 }),
      ],
    });
    expect(endpoints[0]).to.deep.include(noDetails);
    const detail = await get(`/api/v1/endpoints/${endpoints[0].id}`);
    expect(detail.json()).to.deep.equal(endpoints[0]);
  });

  it('shows who calls whom', async () => {
    const answer = await get('/api/v1/service-map');
    expect([answer.statusCode, answer.json()]).to.deep.equal([200, { total: 0, connections: [] }]);
    expect((await get('/api/v1/service-map', {})).statusCode).to.equal(401);
  });

  it('sorts, searches and pages', async () => {
    const first = (await get('/api/v1/endpoints?sort=-requests&limit=1')).json();
    expect(first.total).to.equal(3);
    expect(first.endpoints.map((item: { template: string }) => item.template)).to.deep.equal(['/cart']);
    const grouped = (await get('/api/v1/endpoints?sort=host,-requests&limit=1&offset=1')).json();
    expect(grouped.endpoints[0].requests).to.equal(3);
    expect((await get('/api/v1/endpoints?q=post%20USERS')).json().total).to.equal(1);
    expect((await get('/api/v1/endpoints?method=GET&method=POST')).json().total).to.equal(3);
  });

  it('accepts the token in both headers and refuses any other', async () => {
    const status = async (headers: Record<string, string>) =>
      (await get('/api/v1/summary', headers)).statusCode;
    expect(await status({ authorization: `bearer ${token}` })).to.equal(200);
    expect(await status({ 'x-wallarmapi-token': token })).to.equal(200);
    expect(await status({})).to.equal(401);
    expect(await status({ authorization: `Bearer ${token}x` })).to.equal(401);
    expect(await status({ authorization: `Basic ${token}` })).to.equal(401);
    const answer = await get('/api/v1/endpoints', {});
    expect(answer.headers['www-authenticate']).to.match(/^Bearer/);
    expect(answer.json()).to.deep.include({ type: 'about:blank', title: 'Unauthorized', status: 401 });
    expect(context.lines.join('')).not.to.contain(token);
  });

  it('stops listening to an address that tries tokens', async () => {
    const wrong = { authorization: 'Bearer wrong' };
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect((await get('/api/v1/summary', wrong)).statusCode).to.equal(401);
    }
    const answer = await get('/api/v1/summary', wrong);
    expect(answer.statusCode).to.equal(429);
    expect(Number(answer.headers['retry-after'])).to.be.within(1, 3);
    // Others may come from the same address, through an ingress.
    expect((await get('/api/v1/summary')).statusCode).to.equal(200);
  });

  it('answers wrong parameters with what was wrong', async () => {
    const wrong = {
      '/api/v1/endpoints?limit=many': 'querystring/limit',
      '/api/v1/endpoints?limit=0': 'querystring/limit',
      '/api/v1/endpoints?limit=100000': 'querystring/limit',
      '/api/v1/endpoints?offset=-1': 'querystring/offset',
      '/api/v1/endpoints?sort=password': 'querystring/sort',
      '/api/v1/endpoints?hostt=a': 'querystring/hostt',
      '/api/v1/endpoints?q=a&q=b': 'querystring/q',
      [`/api/v1/endpoints?q=${'a'.repeat(600)}`]: 'querystring/q',
      '/api/v1/endpoints/%3Cscript%3E': 'params/id',
    };
    for (const [url, path] of Object.entries(wrong)) {
      const answer = await get(url);
      expect(answer.statusCode, url).to.equal(400);
      expect(answer.headers['content-type'], url).to.equal('application/problem+json');
      expect(answer.json().errors[0].path, url).to.equal(path);
    }
    expect((await get('/api/v1/endpoints/unknown')).statusCode).to.equal(404);
    expect((await get('/api/v1/%zz')).statusCode).to.equal(400);
    expect((await get('/api/v1/nothing')).json().status).to.equal(404);
  });

  it('refuses bodies where none belong, of any size', async () => {
    const answer = await server.inject({
      method: 'POST',
      url: '/api/v1/endpoints',
      headers: { 'content-type': 'application/json' },
      payload: `{"broken": ${'x'.repeat(100_000)}`,
    });
    expect(answer.statusCode).to.be.oneOf([404, 413]);
  });

  it('hides the cause of a fault of its own, and logs it', async () => {
    context.storage.summary = () => Promise.reject(new Error('disk on fire'));
    const answer = await get('/api/v1/summary');
    expect(answer.statusCode).to.equal(500);
    expect(answer.body).not.to.contain('disk on fire');
    expect(context.lines.join('')).to.contain('disk on fire');
  });

  it('keeps its other metrics when the inventory cannot be counted', async () => {
    context.storage.summary = () => Promise.reject(new Error('disk on fire'));
    await get('/api/v1/endpoints');
    expect(await context.registry.metrics())
      .to.contain('oob_cloud_inventory_endpoints Nan')
      .and.to.contain('oob_cloud_http_requests_total{listener="console",status="200"} 1');
  });

  it('describes itself in OpenAPI 3.1 without a token', async () => {
    const answer = await get('/api/v1/openapi.json', {});
    expect(answer.statusCode).to.equal(200);
    const document = answer.json();
    expect(document.openapi).to.equal('3.1.0');
    expect(Object.keys(document.paths)).to.have.members([
      '/api/v1/endpoints',
      '/api/v1/endpoints/{id}',
      '/api/v1/summary',
      '/api/v1/service-map',
    ]);
    const list = document.paths['/api/v1/endpoints'].get;
    expect(list.parameters.map((item: { name: string }) => item.name)).to.have.members([
      'host',
      'method',
      'q',
      'sort',
      'limit',
      'offset',
    ]);
    expect(Object.keys(list.responses)).to.include.members(['200', '400', '401', '429']);
  });

  it('sends the headers that keep pages and answers safe', async () => {
    for (const url of ['/', '/api/v1/summary', '/nothing']) {
      const { headers } = await get(url);
      expect(headers['content-security-policy'], url).to.contain("script-src 'self'");
      expect(headers['content-security-policy'], url).to.contain("frame-ancestors 'none'");
      expect(headers['content-security-policy'], url).not.to.contain('unsafe');
      expect(headers['x-content-type-options'], url).to.equal('nosniff');
    }
    expect((await get('/api/v1/summary')).headers['cache-control']).to.equal('no-store');
  });

  it('says how to build the console when it is missing, and serves it once it is there', async () => {
    const missing = await get('/');
    expect(missing.statusCode).to.equal(503);
    expect(missing.body).to.contain('npm run build:console');
    writeFileSync(join(folder, 'index.html'), '<title>the console</title>');
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'assets', 'index-abc.js'), 'export {};');
    for (const url of ['/', '/?host=a', '/endpoints/some-id']) {
      expect((await get(url)).body, url).to.equal('<title>the console</title>');
    }
    const asset = await get('/assets/index-abc.js');
    expect(asset.headers['cache-control']).to.contain('immutable');
    expect(asset.headers['content-type']).to.contain('javascript');
  });

  it('serves no file outside the console', async () => {
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    for (const url of ['/assets/../secret.txt', '/assets/%2e%2e/secret.txt', '/assets/..%2fsecret.txt']) {
      const answer = await get(url);
      expect(answer.statusCode, url).to.be.oneOf([400, 403, 404]);
      expect(answer.body).not.to.equal('secret');
    }
  });

  describe('on a socket', () => {
    let port: number;

    beforeEach(async () => {
      await server.listen({ host: '127.0.0.1', port: 0 });
      port = (server.server.address() as AddressInfo).port;
    });

    /** Sends bytes and resolves with what came back until the server closed. */
    const exchange = (bytes: string | Buffer) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes));
        let answer = '';
        socket.on('data', data => {
          answer += data.toString('latin1');
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(answer));
      });

    it('answers bytes that are not HTTP, and counts them', async () => {
      expect(await exchange(Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x01]))).to.match(/^HTTP\/1\.1 400 /);
      expect(await exchange('GET / HTTP/9.9\r\n\r\n')).to.match(/^HTTP\/1\.1 400 /);
      const counted = await context.registry.metrics();
      expect(counted).to.match(/oob_cloud_connection_errors_total\{listener="console",code="HPE_\w+"\} \d/);
    });

    it('answers a head that is too long with 431', async () => {
      const answer = await exchange(`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`);
      expect(answer).to.match(/^HTTP\/1\.1 431 /);
    });

    it('gives up on a request that does not arrive', async () => {
      expect(await exchange('GET / HTTP/1.1\r\nHost: a\r\n')).to.match(/^HTTP\/1\.1 408 /);
    });
  });
});
