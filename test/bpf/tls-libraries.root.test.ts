import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { type Client, shuffledTraffic } from './clients.ts';
import { capture, freePort, type Recorder, type Server, startServer, until, workFolder } from './support.ts';
import { serverCommand, type TlsLibrary, tlsLibraries } from './tls-libraries.ts';

const source = join(import.meta.dirname, 'servers', 'tls-library-server.c');

/** Needs root, BTF, `npm run build:bpf`, a C compiler, openssl and, once, pip and its registry; fails without them. */
describe('capture of TLS libraries', function () {
  this.timeout(120_000);
  const folder = workFolder();
  const program = join(folder.path, 'tls-library-server');
  let server: Server | undefined;
  let running: Capture;
  let seen: Recorder;

  before(() => {
    execFileSync('cc', ['-O2', '-w', '-o', program, source, '-ldl', '-lpthread']);
  });
  afterEach(async () => {
    running?.close();
    await server?.stop();
    server = undefined;
  });
  after(() => folder.remove());

  /** @param refusing further connections whose client does not take the certificate */
  async function traffic(
    library: string,
    way: string,
    returnProbes: 'on' | 'off',
    refusing = 0,
  ): Promise<Client[]> {
    ({ capture: running, seen } = capture({ returnProbes }));
    const port = await freePort();
    const [command, args] = serverCommand(program, library);
    server = await startServer(command, [...args, library, way, String(port), folder.path], [port]);
    await running.setTargets({ pids: new Set([server.pid]) });
    const clients = await shuffledTraffic(port, true, 8, 4, (c, r) => `${c}:${r};`.repeat(c * r * 40));
    for (let i = 0; i < refusing; i++) await once(connect({ port, rejectUnauthorized: true }), 'error');
    for (const client of clients) client.close();
    return clients;
  }

  function heads(localPort: number): string[] {
    const text = seen.byClientPort(localPort)[0]?.streams.get('response tls')?.text ?? '';
    return text.match(/HTTP\/1\.1 200 OK\r\nContent-Length: 40000\r\nX-Target: \S+\r\n\r\n/g) ?? [];
  }

  async function expectAll(clients: readonly Client[]): Promise<void> {
    const closed = (client: Client) => seen.byClientPort(client.localPort)[0]?.close !== undefined;
    await until('all connections are closed', () => clients.every(closed));
    for (const client of clients) {
      expect(seen.requests(client.localPort, 'tls')).to.equal(client.expectedRequests);
      expect(heads(client.localPort)).to.deep.equal(
        client.sent.map(
          ({ path }) => `HTTP/1.1 200 OK\r\nContent-Length: 40000\r\nX-Target: ${path}\r\n\r\n`,
        ),
      );
    }
    expect(seen.errors).to.deep.equal([]);
    expect(running.counters()).to.include({
      tlsLibraries: 1,
      tlsLibraryFailures: 0,
      tlsUnassociatedBytes: 0,
      tlsUncoveredConnections: 0,
      copyFaultBytes: 0,
    });
    expect(running.uncoveredTls()).to.deep.equal([]);
  }

  async function expectNamed(clients: readonly Client[], library: TlsLibrary): Promise<void> {
    await until(
      'the uncovered connections are counted',
      () => running.counters().tlsUncoveredConnections === clients.length,
    );
    // The name comes with a record, the count does not.
    await until('the process is named', () => running.uncoveredTls().length > 0);
    expect(running.counters()).to.include({ tlsLibraries: 0, tlsLibraryFailures: 1 });
    expect(running.uncoveredTls().map(one => one.library)).to.deep.equal([library.path.split('/').at(-1)]);
  }

  for (const library of tlsLibraries()) {
    it(`counts no connection whose client refuses the certificate as uncovered: ${library.name}`, async () => {
      const clients = await traffic(library.path, 'plain', 'on', 3);
      await expectAll(clients);
    });
    for (const way of library.extended ? ['plain', 'ex', 'bio'] : ['plain', 'bio']) {
      for (const returnProbes of ['on', 'off'] as const) {
        const covered = returnProbes === 'on' || library.probedWithoutReturns;
        const what = covered ? 'gives every byte once' : 'counts and names connections it cannot read';
        it(`${what}: ${library.name}, ${way}, return probes ${returnProbes}`, async () => {
          const clients = await traffic(library.path, way, returnProbes);
          if (covered) await expectAll(clients);
          else await expectNamed(clients, library);
        });
      }
    }
  }
});
