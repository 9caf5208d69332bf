import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { Client, shuffledTraffic } from './clients.ts';
import {
  capture,
  freePort,
  openKernelObjects,
  type Recorder,
  type Server,
  startServer,
  until,
  workFolder,
} from './support.ts';
import { tlsLibraries } from './tls-libraries.ts';

const servers = join(import.meta.dirname, 'servers');

/** A server whose first thread leaves by the system call (exit, 60 on x86-64, 93 on arm64) when another one accepts connections. */
const withoutFirstThread = (port: number, folder: string) => `
import ctypes, http.server, os, ssl, threading
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    do_POST = do_GET
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("${folder}/cert.pem", "${folder}/key.pem")
server = http.server.ThreadingHTTPServer(("127.0.0.1", ${port}), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever).start()
ctypes.CDLL(None).syscall(93 if os.uname().machine == "aarch64" else 60, 0)
`;

/** Needs root, BTF, `npm run build:bpf`, a C compiler, libssl3, python3 and openssl; fails without them. */
describe('TLS libraries in odd places', function () {
  this.timeout(60_000);
  const folder = workFolder();
  const program = join(folder.path, 'tls-library-server');
  const [installed = ''] = globSync('/usr/lib/*/libssl.so.3');
  let server: Server | undefined;
  let running: Capture;
  let seen: Recorder;
  let port: number;
  const warnings: string[] = [];

  before(() => {
    const source = join(servers, 'tls-library-server.c');
    execFileSync('cc', ['-O2', '-w', '-o', program, source, '-ldl', '-lpthread']);
  });
  beforeEach(async () => {
    warnings.length = 0;
    // The agent's own number has that name in its log.
    const info = (fields: object) => expect(fields).not.to.have.property('pid');
    const warn = (fields: object, message: string) => {
      info(fields);
      warnings.push(message);
    };
    const log = { info, warn };
    ({ capture: running, seen } = capture({ log }));
    port = await freePort();
  });
  afterEach(async () => {
    running.close();
    await server?.stop();
    server = undefined;
  });
  after(() => folder.remove());

  function copy(name: string): string {
    const path = join(folder.path, name);
    copyFileSync(installed, path);
    return path;
  }

  async function start(library: string): Promise<void> {
    server = await startServer(program, [library, 'plain', String(port), folder.path], [port]);
  }

  async function expectSeen(pids: readonly number[], failures = 0): Promise<void> {
    await running.setTargets({ pids: new Set(pids) });
    const clients = await shuffledTraffic(port, true, 3, 2);
    for (const client of clients) client.close();
    const closed = (client: Client) => seen.byClientPort(client.localPort)[0]?.close !== undefined;
    await until('all connections are closed', () => clients.every(closed));
    for (const client of clients) {
      expect(seen.requests(client.localPort, 'tls')).to.equal(client.expectedRequests);
    }
    expect(running.counters()).to.include({ tlsLibraryFailures: failures, tlsUncoveredConnections: 0 });
  }

  it('are found under any file name', async () => {
    await start(copy('plugin.bin'));
    await expectSeen([server?.pid ?? 0]);
    expect(running.counters().tlsLibraries).to.equal(1);
  });

  it('are probed although their file was deleted, or replaced, since they were loaded', async () => {
    const path = copy('libssl.so.3');
    await start(path);
    rmSync(path);
    await expectSeen([server?.pid ?? 0]);
    await server?.stop();
    await start(copy('libssl.so.3'));
    renameSync(copy('libssl.so.3.new'), path);
    await expectSeen([server?.pid ?? 0]);
  });

  it('are probed in a process whose first thread has ended while others go on', async () => {
    server = await startServer('python3', ['-c', withoutFirstThread(port, folder.path)], [port]);
    const pid = server.pid;
    await until('its first thread has ended', () => readFileSync(`/proc/${pid}/maps`, 'utf8') === '');
    await expectSeen([pid]);
  });

  it('lose their probes when their file is overwritten with another build, which gets its own', async () => {
    const path = copy('overwritten.so');
    await start(path);
    await expectSeen([server?.pid ?? 0]);
    await server?.stop();
    const other = tlsLibraries().find(({ name }) => name.startsWith('OpenSSL 3.5'))?.path ?? '';
    for (const name of readdirSync(dirname(other)))
      if (name.startsWith('libcrypto')) copyFileSync(join(dirname(other), name), join(folder.path, name));
    writeFileSync(path, readFileSync(other));
    // Left where they were, they would break what maps the file from now on.
    await until('the probes are removed', () => running.counters().tlsLibraries === 0);
    const args = [`LD_LIBRARY_PATH=${folder.path}`, program, path, 'plain', String(port), folder.path];
    server = await startServer('env', args, [port]);
    await running.setTargets({ pids: new Set([server.pid]) });
    await until('the new build is probed', () => running.counters().tlsLibraries === 1);
    await expectSeen([server.pid]);
  });

  it('are probed in a mount namespace whose files this one does not have', async () => {
    const place = join(folder.path, 'elsewhere');
    mkdirSync(place);
    const script = `mount -t tmpfs none ${place} && cp ${installed} ${place}/hidden.so && exec ${program} ${place}/hidden.so plain ${port} ${folder.path}`;
    server = await startServer('unshare', ['--mount', 'sh', '-c', script], [port]);
    await expectSeen([server.pid]);
  });

  it('are probed once, however many processes have them', async () => {
    const library = copy('shared.so');
    await start(library);
    const mappingPort = await freePort();
    const args = [join(servers, 'mapping_server.py'), String(mappingPort), library, '300'];
    const mapping = await startServer('python3', args, [mappingPort]);
    try {
      const before = openKernelObjects();
      await expectSeen([server?.pid ?? 0, mapping.pid]);
      expect(running.counters().tlsLibraries).to.equal(1);
      // Entry and return of reading and writing, and what one target more takes anyway.
      expect(openKernelObjects() - before).to.be.at.most(8);
    } finally {
      await mapping.stop();
    }
  });

  it('that are no ELF files are named in a warning, and harm nothing', async () => {
    const path = join(folder.path, 'libssl.so.77');
    writeFileSync(path, Buffer.alloc(65536, 'not ELF'));
    await start(installed);
    const mappingPort = await freePort();
    const args = [join(servers, 'mapping_server.py'), String(mappingPort), path, '1'];
    const mapping = await startServer('python3', args, [mappingPort]);
    try {
      await expectSeen([server?.pid ?? 0, mapping.pid], 1);
      expect(warnings).to.deep.equal(['cannot read a TLS library; its traffic stays unseen']);
    } finally {
      await mapping.stop();
    }
  });

  it('that are loaded at the first connection are probed from the next one on at the latest', async () => {
    const args = [join(servers, 'late_server.py'), String(port), folder.path];
    server = await startServer('python3', args, []);
    const listening = () =>
      readFileSync('/proc/net/tcp', 'latin1').includes(`0100007F:${hex(port)} 00000000:0000 0A`);
    await until('the server listens', listening);
    await running.setTargets({ pids: new Set([server.pid]) });
    expect(running.counters().tlsLibraries).to.equal(0);
    const first = new Client(port, true);
    await first.send('/first');
    first.close();
    await until('the library is probed', () => running.counters().tlsLibraries === 1);
    const second = new Client(port, true);
    await second.send('/second', 'body');
    second.close();
    await until('the request came', () => seen.requests(second.localPort, 'tls') === second.expectedRequests);
  });
});

/** As /proc/net/tcp prints ports. */
function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
