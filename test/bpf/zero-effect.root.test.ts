import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { Client, shuffledTraffic } from './clients.ts';
import { Observer } from './oracle/observer.ts';
import {
  capture,
  copyLibraries,
  freePort,
  type Nginx,
  privatePages,
  type Recorder,
  type Server,
  startNginx,
  startServer,
  unmount,
  until,
  workFolder,
} from './support.ts';

const threads = join(import.meta.dirname, 'servers', 'threads.py');

/** Needs root, BTF, `npm run build:bpf`, nginx, python3 and openssl; fails without them. */
describe('what the capture does to its targets', function () {
  this.timeout(120_000);
  const folder = workFolder();
  const servers: Server[] = [];
  const mounts: string[] = [];
  let nginx: Nginx;
  let running: Capture | undefined;

  before(async () => {
    nginx = await startNginx(folder.path);
  });
  afterEach(async () => {
    running?.close();
    running = undefined;
    for (const server of servers.splice(0)) await server.stop();
    for (const mount of mounts.splice(0)) await unmount(mount);
  });
  after(async () => {
    await nginx.stop();
    folder.remove();
  });

  /** Requests over TLS and plain TCP until `done`; every answer has to be right. */
  async function trafficWhile(done: Promise<unknown>): Promise<number> {
    let going = true;
    const end = done.finally(() => {
      going = false;
    });
    const clients = [0, 1, 2, 3].map(
      index => new Client(index % 2 ? nginx.httpsPort : nginx.httpPort, index % 2 === 1),
    );
    let answers = 0;
    await Promise.all(
      clients.map(async client => {
        while (going) {
          const large = answers % 50 === 0;
          const received = await client.send(
            large ? '/big.bin' : '/',
            !large && answers % 7 === 0 ? 'x'.repeat(5000) : '',
          );
          expect(received).to.equal(large ? 1_050_000 : 3);
          answers++;
        }
      }),
    );
    await end;
    for (const client of clients) client.close();
    return answers;
  }

  it('is nothing, while captures come and go', async () => {
    const comeAndGo = async () => {
      for (let time = 0; time < 3; time++) {
        const { capture: one } = capture({ returnProbes: 'on' });
        await one.setTargets({ pids: new Set([nginx.pid]) });
        await new Promise(resolve => setImmediate(resolve));
        one.close();
      }
    };
    expect(await trafficWhile(comeAndGo())).to.be.greaterThan(0);
  });

  it('is nothing, when the agent is killed in the middle of its work', async () => {
    const observer = await new Observer(['--pid', String(nginx.pid)]).ready();
    const killed = async () => {
      await until('the agent is at work', () => observer.exchanges.length > 50);
      await observer.kill();
    };
    expect(await trafficWhile(killed())).to.be.greaterThan(50);
    // Its probes have gone with it: a process that starts now has no breakpoint in the library.
    const other = workFolder();
    const unprobed = async () => {
      const fresh = await startNginx(other.path);
      try {
        return privatePages(fresh.pid, 'libssl') === 0;
      } finally {
        await fresh.stop();
      }
    };
    await until('the probes are gone', unprobed, 30_000);
    other.remove();
  });

  it('is nothing in a storm of programs that start and end, and nothing of the traffic is missed', async () => {
    let seen: Recorder;
    ({ capture: running, seen } = capture());
    const storm = spawn('sh', ['-c', 'read go; i=0; while [ $i -lt 400 ]; do /bin/true; i=$((i+1)); done'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await running.setTargets({ pids: new Set([nginx.pid, storm.pid ?? 0]) });
    storm.stdin?.end('go\n');
    const clients = await shuffledTraffic(nginx.httpsPort, true, 8, 6);
    if (storm.exitCode === null) await once(storm, 'exit');
    await until('all requests', () =>
      clients.every(one => seen.requests(one.localPort, 'tls') === one.expectedRequests),
    );
    expect(running.counters()).to.include({ controlRecordsLost: 0, stateFull: 0 });
    for (const client of clients) client.close();
  });

  it('misses nothing while workers are replaced', async () => {
    let seen: Recorder;
    ({ capture: running, seen } = capture());
    await running.setTargets({ pids: new Set([nginx.pid]) });
    const clients: Client[] = [];
    for (let index = 0; index < 40; index++) {
      if (index % 10 === 5) nginx.process.kill('SIGHUP');
      const client = new Client(index % 2 ? nginx.httpsPort : nginx.httpPort, index % 2 === 1);
      await client.send(`/worker/${index}`);
      clients.push(client);
    }
    await until('all requests', () =>
      clients.every(
        (one, index) => seen.requests(one.localPort, index % 2 ? 'tls' : 'socket') === one.expectedRequests,
      ),
    );
    for (const client of clients) client.close();
  });

  async function python(libraries: string): Promise<Server & { port: number }> {
    const port = await freePort();
    const command = [`LD_LIBRARY_PATH=${libraries}`, 'python3', threads, String(port), folder.path];
    const server = await startServer('env', command, [port]);
    servers.push(server);
    return { ...server, port };
  }

  async function expectOnce(seen: Recorder, port: number): Promise<void> {
    const clients = await shuffledTraffic(port, true, 5, 4);
    await until('all requests', () =>
      clients.every(one => seen.requests(one.localPort, 'tls').length >= one.expectedRequests.length),
    );
    for (const client of clients) {
      expect(seen.requests(client.localPort, 'tls')).to.equal(client.expectedRequests);
      client.close();
    }
  }

  it('follows a library that is replaced under a running server', async () => {
    const libraries = join(folder.path, 'upgraded');
    copyLibraries(libraries);
    const old = await python(libraries);
    let seen: Recorder;
    ({ capture: running, seen } = capture());
    await running.setTargets({ pids: new Set([old.pid]) });
    await expectOnce(seen, old.port);
    const next = join(folder.path, 'next');
    copyLibraries(next);
    for (const name of execFileSync('ls', [next], { encoding: 'utf8' }).trim().split('\n'))
      renameSync(join(next, name), join(libraries, name));
    const young = await python(libraries);
    await running.setTargets({ pids: new Set([old.pid, young.pid]) });
    expect(running.counters().tlsLibraries).to.equal(2);
    await expectOnce(seen, old.port);
    await expectOnce(seen, young.port);
    expect(seen.errors).to.deep.equal([]);
  });

  it('sees each request once where two containers share an image layer', async () => {
    const base = join(folder.path, 'layers');
    execFileSync('mkdir', ['-p', base]);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', base]);
    mounts.unshift(base);
    copyLibraries(join(base, 'lower'));
    const containers = [];
    for (const name of ['one', 'two']) {
      const [upper, work, merged] = ['upper', 'work', 'merged'].map(part => join(base, name, part));
      execFileSync('mkdir', ['-p', `${upper}`, `${work}`, `${merged}`]);
      const options = `lowerdir=${join(base, 'lower')},upperdir=${upper},workdir=${work}`;
      execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, `${merged}`]);
      mounts.unshift(`${merged}`);
      containers.push(await python(`${merged}`));
    }
    let seen: Recorder;
    ({ capture: running, seen } = capture());
    await running.setTargets({ pids: new Set(containers.map(one => one.pid)) });
    expect(running.counters().tlsLibraries).to.equal(1);
    for (const { port } of containers) await expectOnce(seen, port);
    expect(seen.errors).to.deep.equal([]);
  });
});
