import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { Client } from './clients.ts';
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

const servers = join(import.meta.dirname, 'servers');
/** Without a notice of the end it takes up to 30 s. */
const soonMs = 5000;

/** Needs root, BTF, `npm run build:bpf`, python3 and openssl; fails without them. */
describe('the file system of a probed TLS library', function () {
  this.timeout(60_000);
  const folder = workFolder();
  const mount = join(folder.path, 'mount');
  let server: Server;
  let worker: number | undefined;
  let running: Capture;
  let seen: Recorder;
  let port: number;

  beforeEach(async () => {
    mkdirSync(mount, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', mount]);
    copyLibraries(mount);
    port = await freePort();
    const script = join(servers, 'forking_server.py');
    server = await startServer(
      'env',
      [`LD_LIBRARY_PATH=${mount}`, 'python3', script, String(port), folder.path],
      [port],
    );
    ({ capture: running, seen } = capture());
    await running.setTargets({ pids: new Set([server.pid]) });
    await expectSeen();
    expect(running.counters().tlsLibraries).to.equal(1);
  });
  afterEach(async () => {
    if (worker !== undefined) kill(worker);
    worker = undefined;
    running.close();
    await server.stop();
    await unmount(mount);
  });
  after(() => folder.remove());

  async function expectSeen(): Promise<void> {
    const client = new Client(port, true);
    await client.send('/seen');
    client.close();
    await until('the request came', () => seen.requests(client.localPort, 'tls') === client.expectedRequests);
  }

  async function endServer(): Promise<void> {
    const ended = once(server.process, 'exit');
    server.process.kill('SIGKILL');
    await ended;
  }

  function kill(pid: number): void {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }

  const isUnmounted = () => spawnSync('umount', [mount], { stdio: 'ignore' }).status === 0;

  it('can be unmounted when the last process that maps it has ended', async () => {
    await endServer();
    await until('it is unmounted', isUnmounted, soonMs);
    expect(running.counters().tlsLibraries).to.equal(0);
  });

  it('can be unmounted when that process executes another program', async () => {
    server.process.kill('SIGUSR2');
    await until('it is unmounted', isUnmounted, soonMs);
    expect(server.process.exitCode).to.equal(null);
  });

  it('stays in use by a worker that was forked, which is seen when its parent has ended, and no longer', async () => {
    server.process.kill('SIGUSR1');
    const children = () => readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim();
    await until('the worker runs', () => children() !== '');
    worker = Number(children());
    await endServer();
    // Long enough for the probes to be removed, if they were.
    for (const end = Date.now() + 1500; Date.now() < end; ) await expectSeen();
    expect(running.counters().tlsLibraries).to.equal(1);
    kill(worker);
    await until('it is unmounted', isUnmounted, soonMs);
  });
});
