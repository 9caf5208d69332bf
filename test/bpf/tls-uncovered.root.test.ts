import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Capture, CaptureOptions } from '../../runtime/agent/capture/capture.ts';
import { type Client, shuffledTraffic } from './clients.ts';
import { capture, freePort, type Recorder, type Server, startServer, until, workFolder } from './support.ts';

const servers = join(import.meta.dirname, 'servers');

/** Needs root, BTF, `npm run build:bpf`, Go, gnutls-bin, openssl; fails without them. */
describe('TLS that is not OpenSSL of this machine', function () {
  this.timeout(180_000);
  const folder = workFolder();
  let server: Server | undefined;
  let running: Capture;
  let seen: Recorder;
  let port: number;

  beforeEach(async () => {
    port = await freePort();
  });
  afterEach(async () => {
    running?.close();
    await server?.stop();
    server = undefined;
  });
  after(() => folder.remove());

  async function traffic(
    command: string,
    args: string[],
    options: CaptureOptions = {},
    requestsEach = 2,
  ): Promise<Client[]> {
    ({ capture: running, seen } = capture(options));
    server = await startServer(command, args, [port]);
    await running.setTargets({ pids: new Set([server.pid]) });
    const clients = await shuffledTraffic(port, true, 4, requestsEach);
    for (const client of clients) client.close();
    return clients;
  }

  /** Answers one request per connection. */
  function gnutls(): string[] {
    const files = [
      '--x509certfile',
      join(folder.path, 'cert.pem'),
      '--x509keyfile',
      join(folder.path, 'key.pem'),
    ];
    return ['--http', '--quiet', '--port', String(port), ...files];
  }

  async function expectNamed(comm: string, library: RegExp): Promise<void> {
    await until('the connections are counted', () => running.counters().tlsUncoveredConnections === 4);
    await until('their process is named', () => running.uncoveredTls().length > 0);
    const [named, ...more] = running.uncoveredTls();
    expect(named).to.include({ pid: server?.pid, comm });
    expect(named?.library).to.match(library);
    expect(more).to.deep.equal([]);
  }

  it('is read where GnuTLS speaks it', async () => {
    const files = [
      '--x509certfile',
      join(folder.path, 'cert.pem'),
      '--x509keyfile',
      join(folder.path, 'key.pem'),
    ];
    // gnutls-serv answers one request per connection.
    const args = ['--http', '--quiet', '--port', String(port), ...files];
    const clients = await traffic('gnutls-serv', args, {}, 0);
    const closed = (client: Client) => seen.byClientPort(client.localPort)[0]?.close !== undefined;
    await until('all connections are closed', () => clients.every(closed));
    for (const client of clients) {
      expect(seen.requests(client.localPort, 'tls')).to.equal(client.expectedRequests);
      const response = seen.byClientPort(client.localPort)[0]?.streams.get('response tls')?.text;
      expect(response).to.match(/^HTTP\/1\.0 200 OK\r\n/);
    }
    expect(running.counters()).to.include({ tlsUnassociatedBytes: 0 });
    expect(running.counters()).to.include({ tlsLibraries: 1, tlsUncoveredConnections: 0 });
    expect(running.uncoveredTls()).to.deep.equal([]);
  });

  for (const [what, flags] of [
    ['with symbols', []],
    ['stripped', ['-ldflags', '-s -w']],
  ] as const) {
    it(`is counted and named where Go speaks it, ${what}`, async () => {
      const program = join(folder.path, 'go-tls-server');
      execFileSync('go', ['build', ...flags, '-o', program, join(servers, 'go-tls-server.go')]);
      await traffic(program, [String(port), folder.path]);
      await expectNamed('go-tls-server', /^go-tls-server \(Go\)$/);
    });
  }

  it('is counted and named in a process that also has a library that is probed', async () => {
    const [openssl] = globSync('/usr/lib/*/libssl.so.3');
    await traffic('env', [`LD_PRELOAD=${openssl}`, 'gnutls-serv', ...gnutls()], { returnProbes: 'off' }, 0);
    expect(running.counters().tlsLibraries).to.equal(1);
    await expectNamed('gnutls-serv', /^libgnutls\.so/);
  });
});
