import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import {
  capture,
  copyLibraries,
  freePort,
  type Recorder,
  type Server,
  startServer,
  unmount,
  until,
  workFolder,
} from './support.ts';

const run = promisify(execFile);
/** Not in this process, where it would wait while libraries are probed. Prints its port. */
const client = `
import socket, ssl, sys
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])))) as client:
    client.sendall(b"GET %s HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" % sys.argv[2].encode())
    assert client.recv(4096).startswith(b"HTTP/1.1 200"), "no answer"
    print(client.getsockname()[1])
`;
const servers = join(import.meta.dirname, 'servers');

/** Needs root, BTF, `npm run build:bpf`, python3, cc, libssl-dev and openssl; fails without them. */
describe('capture of servers with a process for each TLS connection', function () {
  this.timeout(60_000);
  const folder = workFolder();
  const program = join(folder.path, 'one_connection');
  const mount = join(folder.path, 'mount');
  let inetd: Server;
  let port: number;
  let running: Capture;
  let seen: Recorder;

  before(() => {
    execFileSync('cc', ['-O1', '-o', program, join(servers, 'one_connection.c'), '-lssl', '-lcrypto']);
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', mount]);
  });
  afterEach(async () => {
    running.close();
    await inetd.stop();
  });
  after(async () => {
    await unmount(mount);
    folder.remove();
  });

  async function start(...prefix: string[]): Promise<void> {
    port = await freePort();
    const command = [...prefix, program, join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
    inetd = await startServer('python3', [join(servers, 'inetd.py'), String(port), ...command], [port]);
    ({ capture: running, seen } = capture());
    await running.setTargets({ pids: new Set([inetd.pid]) });
  }

  /** What was seen when the connection is over; an answer alone where the probes came in between. */
  async function ask(path: string): Promise<'all' | 'answer' | 'nothing'> {
    const { stdout } = await run('python3', ['-c', client, String(port), path]);
    const localPort = Number(stdout);
    // Of a connection of which nothing is seen nothing is told.
    const closed = () => seen.byClientPort(localPort)[0]?.close !== undefined;
    await until('the end of the connection', closed, 500).catch(() => {});
    const [connection] = seen.byClientPort(localPort);
    if (seen.requests(localPort, 'tls') === `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`) return 'all';
    expect(seen.requests(localPort, 'tls')).to.equal('');
    return connection?.streams.get('response tls')?.text.startsWith('HTTP/1.1 200') ? 'answer' : 'nothing';
  }

  it('sees all but the first ones, names those, and lets go when the server ends', async () => {
    await start();
    const first = [];
    while (first.at(-1) !== 'all') {
      first.push(await ask(`/first/${first.length}`));
      expect(first).to.have.lengthOf.below(20);
    }
    for (let index = 0; index < 4; index++) {
      // Long enough for the probes to be removed, if they were.
      await sleep(500);
      expect(await ask(`/${index}`), `/${index}`).to.equal('all');
    }
    const missed = first.filter(what => what === 'nothing').length;
    expect(running.counters().tlsUncoveredConnections).to.equal(missed);
    if (missed > 0) {
      await until('those missed are named', () => running.uncoveredTls().length > 0);
      expect(running.uncoveredTls()[0]).to.include({ comm: 'one_connection' });
      expect(running.uncoveredTls()[0]?.library).to.match(/^libssl\.so/);
    }
    expect(running.counters().tlsLibraries).to.equal(1);
    await inetd.stop();
    await until('the probes are removed', () => running.counters().tlsLibraries === 0, 5000);
  });

  it('does not keep a mount in use that nothing else does', async () => {
    copyLibraries(mount);
    await start('env', `LD_LIBRARY_PATH=${mount}`);
    for (let index = 0; index < 5; index++) await ask(`/${index}`);
    const isUnmounted = () => spawnSync('umount', [mount], { stdio: 'ignore' }).status === 0;
    // Before the slow scan of all targets.
    await until('it is unmounted', isUnmounted, 20_000);
  });
});
