import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { Client } from './clients.ts';
import { capture, freePort, type Recorder, type Server, startServer, until, workFolder } from './support.ts';

const servers = join(import.meta.dirname, 'servers');

interface Ports {
  readonly ended: number;
  readonly passed: number;
  readonly upstream: number;
}

/** A process that reads some TLS connections and only passes others on: those stay unseen, and are counted whatever else it does. */
describe('TLS connections that a process passes on while it reads others', function () {
  this.timeout(60_000);
  const folder = workFolder();
  let upstream: HttpsServer;
  let server: Server | undefined;
  let running: Capture;
  let seen: Recorder;

  before(async () => {
    const [cert, key] = ['cert.pem', 'key.pem'].map(name => readFileSync(join(folder.path, name)));
    upstream = createServer({ cert, key }, (_, response) => response.end('passed\n')).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
  });
  afterEach(async () => {
    running.close();
    await server?.stop();
    server = undefined;
  });
  after(() => {
    upstream.close();
    folder.remove();
  });

  function haproxy({ ended, passed, upstream: target }: Ports): [string, string[]] {
    const [config, certificate] = [join(folder.path, 'haproxy.cfg'), join(folder.path, 'both.pem')];
    writeFileSync(
      certificate,
      ['cert.pem', 'key.pem'].map(name => readFileSync(join(folder.path, name), 'utf8')).join(''),
    );
    writeFileSync(
      config,
      `global
  maxconn 200
defaults
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend ended
  mode http
  bind 127.0.0.1:${ended} ssl crt ${certificate}
  http-request return status 200 content-type text/plain string "ok"
frontend passed
  mode tcp
  bind 127.0.0.1:${passed}
  default_backend upstream
backend upstream
  mode tcp
  server one 127.0.0.1:${target}
`,
    );
    return ['haproxy', ['-db', '-f', config]];
  }

  const python =
    (mode: string) =>
    ({ ended, passed, upstream: target }: Ports): [string, string[]] => {
      const numbers = [ended, passed, target].map(String);
      return ['python3', [join(servers, 'passing_on.py'), ...numbers, folder.path, mode]];
    };

  const node = ({ ended, passed, upstream: target }: Ports): [string, string[]] => {
    const numbers = [ended, passed, target].map(String);
    return [process.execPath, [join(servers, 'passing-on.mjs'), ...numbers, folder.path]];
  };

  for (const [name, command] of [
    ['haproxy', haproxy],
    ['Python threads (the library reads the sockets)', python('threads')],
    ['Python asyncio (the program feeds the library)', python('asyncio')],
    ['Node.js (the library is inside the program)', node],
  ] as const)
    for (const returnProbes of ['auto', 'off'] as const)
      it(`are all counted, and only they: ${name}, return probes ${returnProbes}`, async () => {
        ({ capture: running, seen } = capture({ returnProbes }));
        const ports = {
          ended: await freePort(),
          passed: await freePort(),
          upstream: (upstream.address() as AddressInfo).port,
        };
        server = await startServer(...command(ports), [ports.ended, ports.passed]);
        await running.setTargets({ pids: new Set([server.pid]) });
        const clients = [new Client(ports.ended, true), new Client(ports.ended, true)];
        const passed: Client[] = [];
        for (let round = 0; round < 10; round++) {
          for (const client of clients) await client.send(`/${round}`);
          const other = new Client(ports.passed, true);
          await other.send('/passed');
          passed.push(other);
          // A client that does not like the certificate: hands are shaken, and no more.
          const refusing = connect({ port: ports.ended, rejectUnauthorized: true });
          await once(refusing, 'error');
          for (const client of clients) await client.send(`/${round}/again`);
          other.close();
        }
        for (const client of clients) client.close();
        const closed = () => [...seen.connections.values()].filter(one => one.close !== undefined).length;
        // Each passed one, each refusing one, and the two.
        await until('all connections are closed', () => closed() >= 22).catch(() => {});
        for (const client of clients)
          expect(seen.requests(client.localPort, 'tls')).to.equal(client.expectedRequests);
        for (const client of passed) expect(seen.requests(client.localPort, 'tls')).to.equal('');
        expect(running.counters()).to.include({ tlsUncoveredConnections: 10, tlsUnassociatedBytes: 0 });
        await until('the process is named', () => running.uncoveredTls().length > 0);
        expect(running.uncoveredTls().map(({ pid }) => pid)).to.deep.equal([server.pid]);
      });
});
