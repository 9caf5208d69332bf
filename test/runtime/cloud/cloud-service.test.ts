import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type CloudService, startCloud } from '../../../runtime/cloud/cloud-service.ts';
import { Upload, UploadResult } from '../../../runtime/protocol/generated/upload.ts';
import { pskOptions } from '../../../runtime/protocol/psk.ts';
import { batch, endpoint, parameter as parameterOf, token } from './samples.ts';

type Answer = { readonly status: number; readonly type: string; readonly body: Buffer };

describe('cloud service', () => {
  let folder: string;
  let registry: Registry;
  let cloud: CloudService;
  let lines: string[];

  const start = () => {
    registry = new Registry();
    const listen = { host: '127.0.0.1', port: 0 };
    return startCloud({
      config: { ingest: { listen }, console: { listen }, dataDir: join(folder, 'data') },
      log: pino({ level: 'debug' }, { write: line => void lines.push(line) }),
      metrics: registry,
      health: { setReady: () => {} },
      token,
    });
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cloud-service-'));
    lines = [];
    cloud = await start();
  });

  afterEach(async () => {
    await cloud.stop();
    rmSync(folder, { recursive: true });
  });

  const upload = (body: Uint8Array, options: RequestOptions = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const request = httpsRequest(
        {
          ...pskOptions(token, 'upload'),
          host: '127.0.0.1',
          port: cloud.ingestAddress.port,
          method: 'POST',
          path: '/api/v1/ingest',
          agent: false,
          ...options,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/x-protobuf',
            ...(options.headers as Record<string, string>),
          },
        },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              type: String(response.headers['content-type']),
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      request.on('error', reject);
      request.end(body);
    });

  const encode = (...endpoints: Parameters<typeof batch>[0][number][]) => {
    const { cluster, clusterName } = batch([]);
    return Upload.encode(Upload.fromPartial({ cluster, clusterName, endpoints } as Upload)).finish();
  };

  const listed = async () => {
    const response = await fetch(`http://127.0.0.1:${cloud.consoleAddress.port}/api/v1/endpoints`, {
      headers: { 'x-wallarmapi-token': token },
    });
    return (await response.json()) as { total: number; endpoints: { template: string; requests: number }[] };
  };

  it('stores an upload over TLS with the pre-shared key and shows it at once', async () => {
    const answer = await upload(encode(endpoint(), endpoint({ template: '/orders' })));
    expect(answer.status).to.equal(200);
    expect(answer.type).to.equal('application/x-protobuf');
    expect(UploadResult.decode(answer.body)).to.deep.equal({ accepted: 2 });
    expect((await listed()).total).to.equal(2);
  });

  it('answers a replay as it answered the upload, and changes nothing', async () => {
    await upload(encode(endpoint({ revision: 2, requests: 20 })));
    const replay = await upload(encode(endpoint({ revision: 1, requests: 10 })));
    expect(UploadResult.decode(replay.body)).to.deep.equal({ accepted: 1 });
    expect((await listed()).endpoints[0]?.requests).to.equal(20);
  });

  it('keeps what it answered over a restart', async () => {
    await upload(encode(endpoint()));
    await cloud.stop();
    cloud = await start();
    expect((await listed()).total).to.equal(1);
  });

  it('refuses single endpoints without holding up the others, and says which and why', async () => {
    const answer = await upload(
      encode(
        endpoint({ template: '/fine' }),
        endpoint({ template: '' }),
        endpoint({ template: '/location', parameters: [{ ...parameter, location: 'moon' as 'path' }] }),
        endpoint({ template: '/status', statuses: [{ status: 7, requests: 1 }] }),
        endpoint({ template: `/${'long/'.repeat(5000)}` }),
        endpoint({
          template: '/score',
          parameters: [{ ...parameter, sensitive: [{ class: 'x', score: 11 }] }],
        }),
        endpoint({ template: '/callers', callers: [{ address: 'x'.repeat(5000), requests: 1 }] }),
      ),
    );
    expect(UploadResult.decode(answer.body)).to.deep.equal({ accepted: 1 });
    expect((await listed()).endpoints.map(({ template }) => template)).to.deep.equal(['/fine']);
    const logged = lines.join('');
    expect(logged).to.contain('"refused":6').and.to.contain('endpoints[1].template');
    expect(await registry.metrics()).to.contain('oob_cloud_ingest_endpoints_total{result="refused"} 6');
  });

  it('refuses endpoints with counts that cannot be added up', async () => {
    const most = 2 ** 50;
    const statuses = (requests: number) => [{ status: 200, requests }];
    const parameters = (requests: number) => [{ ...parameter, requests }];
    const answer = await upload(
      encode(
        endpoint({
          template: '/fine',
          requests: most,
          statuses: statuses(most),
          parameters: parameters(most),
        }),
        endpoint({ template: '/requests', requests: most + 1 }),
        endpoint({ template: '/statuses', statuses: statuses(most + 1) }),
        endpoint({ template: '/parameters', parameters: parameters(most + 1) }),
      ),
    );
    expect(UploadResult.decode(answer.body)).to.deep.equal({ accepted: 1 });
    expect((await listed()).endpoints.map(({ template }) => template)).to.deep.equal(['/fine']);
  });

  it('refuses an upload that names no cluster', async () => {
    const answer = await upload(Upload.encode(Upload.fromPartial({ endpoints: [] })).finish());
    expect(answer.status).to.equal(400);
    expect(answer.type).to.equal('application/problem+json');
    expect(JSON.parse(answer.body.toString()).detail).to.contain('cluster');
  });

  it('refuses bytes that are no upload, and goes on', async () => {
    for (const bytes of [
      Buffer.from('{"json": true}'),
      Buffer.alloc(1000, 0xff),
      encode(endpoint()).slice(0, -7),
    ]) {
      const answer = await upload(bytes);
      expect(answer.status).to.equal(400);
      expect(JSON.parse(answer.body.toString()).detail).to.contain('Upload message');
    }
    // A million empty endpoints: an answer, and no memory taken for them.
    const empties = await upload(Buffer.alloc(2_000_000, Buffer.from([0x1a, 0x00])));
    expect(empties.status).to.equal(400);
    expect(JSON.parse(empties.body.toString()).detail).to.contain('more than 20000 endpoints');
    // Numbers beyond 2^53 cannot be kept exactly.
    const huge = Buffer.from(encode(endpoint({ requests: Number.MAX_SAFE_INTEGER })));
    const at = huge.indexOf(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    huge[at + 7] = 0x7f;
    expect((await upload(huge)).status).to.equal(400);
    expect((await upload(encode(endpoint()))).status).to.equal(200);
  });

  it('refuses another content type, a wrong token and another path', async () => {
    const status = async (options: RequestOptions) => (await upload(encode(endpoint()), options)).status;
    expect(await status({ headers: { 'content-type': 'application/json' } })).to.equal(415);
    expect(await status({ headers: { authorization: 'Bearer another' } })).to.equal(401);
    expect(await status({ path: '/api/v1/nothing' })).to.equal(404);
    expect((await listed()).total).to.equal(0);
    expect(lines.join('')).not.to.contain(token);
  });

  it('refuses a body beyond 16 MiB before it has arrived', async () => {
    const headers = { 'content-length': String(16 * 1024 * 1024 + 1) };
    const answer = await upload(Buffer.alloc(0), { headers }).catch(error => error);
    expect(answer.status).to.equal(413);
  });

  it('refuses a client without the key', async () => {
    const options = { ...pskOptions('another-token-123456', 'upload') };
    const error = await upload(encode(endpoint()), options).then(
      () => expect.fail('was accepted'),
      failure => failure,
    );
    expect(error).to.be.instanceOf(Error);
    const plain = await upload(encode(endpoint()), {
      ...pskOptions(token, 'mirror'),
    }).then(
      () => expect.fail('was accepted'),
      failure => failure,
    );
    expect(plain).to.be.instanceOf(Error);
  });

  it('survives garbage on the TLS port, and counts it', async () => {
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', 'x'.repeat(5000), '\x16\x03\x01\x00\x05hello']) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: cloud.ingestAddress.port }, () =>
          socket.end(bytes),
        );
        socket.resume();
        socket.on('error', (error: NodeJS.ErrnoException) =>
          error.code === 'ECONNRESET' ? resolve() : reject(error),
        );
        socket.on('close', () => resolve());
      });
    }
    expect((await upload(encode(endpoint()))).status).to.equal(200);
    expect(await registry.metrics()).to.match(
      /connection_errors_total\{listener="ingest",code="ERR_SSL_\w+"\}/,
    );
  });

  it('speaks TLS 1.3 only', async () => {
    const refused = await new Promise<Error>(resolve => {
      const socket = connectTls({
        host: '127.0.0.1',
        port: cloud.ingestAddress.port,
        maxVersion: 'TLSv1.2',
        rejectUnauthorized: false,
      });
      socket.on('error', resolve);
      socket.on('secureConnect', () => resolve(new Error('connected')));
    });
    expect(refused.message).not.to.equal('connected');
  });

  it('says which address it cannot listen on', async () => {
    const taken = { host: '127.0.0.1', port: cloud.consoleAddress.port };
    const free = { host: '127.0.0.1', port: 0 };
    const error = await startCloud({
      config: { ingest: { listen: free }, console: { listen: taken }, dataDir: join(folder, 'other') },
      log: pino({ level: 'silent' }),
      metrics: new Registry(),
      health: { setReady: () => {} },
      token,
    }).then(
      () => expect.fail('it started'),
      failure => failure,
    );
    expect(error.message).to.match(/Cannot listen on 127\.0\.0\.1:\d+ \(console\.listen\).*EADDRINUSE/);
  });
});

const parameter = parameterOf({ location: 'path', name: 'id', type: 'integer', required: true, requests: 1 });
