import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { type Client, shuffledTraffic } from './clients.ts';
import { capture, freePort, type Recorder, type Server, startServer, until, workFolder } from './support.ts';

const servers = join(import.meta.dirname, 'servers');

/** Needs root, BTF, `npm run build:bpf`, python3 with ssl and openssl; fails without them. */
describe('capture of TLS servers', function () {
  this.timeout(60_000);
  const folder = workFolder();
  let server: Server | undefined;
  let running: Capture;
  let seen: Recorder;

  beforeEach(() => {
    ({ capture: running, seen } = capture());
  });
  afterEach(async () => {
    running.close();
    await server?.stop();
    server = undefined;
  });
  after(() => folder.remove());

  async function expectRightPorts(port: number): Promise<void> {
    const clients = await shuffledTraffic(port, true, 20, 10, (c, r) =>
      r % 2 ? `${c}:${r};`.repeat(1 + c * r * 9) : '',
    );
    const responses = (localPort: number) =>
      (seen.byClientPort(localPort)[0]?.streams.get('response tls')?.text ?? '').match(
        /HTTP\/1\.1 200 OK\r\n/g,
      )?.length;
    const arrived = () =>
      clients.every(
        one =>
          seen.requests(one.localPort, 'tls').length >= one.expectedRequests.length &&
          responses(one.localPort) === one.sent.length,
      );
    await until('all bytes of requests and heads of responses', arrived).catch(() => {});
    for (const client of clients) {
      expect(seen.requests(client.localPort, 'tls')).to.equal(client.expectedRequests);
      expect(responses(client.localPort)).to.equal(client.sent.length);
      client.close();
    }
    expect(seen.errors).to.deep.equal([]);
    expect(running.counters()).to.include({ tlsUnassociatedBytes: 0, ringFullBytes: 0 });
  }

  for (const [name, command, file] of [
    ['Python threads (the library reads the socket)', 'python3', 'threads.py'],
    ['Python asyncio (the program feeds the library)', 'python3', 'asyncio_server.py'],
    ['Python, first reads long after handshakes (as uvloop does)', 'python3', 'deferred_read_server.py'],
    ['Node.js (the library is inside the program)', process.execPath, 'node-server.mjs'],
  ] as const) {
    for (const returnProbes of ['auto', 'off'] as const) {
      it(`gives each request of 20 shuffled connections its client port: ${name}, return probes ${returnProbes}`, async () => {
        running.close();
        ({ capture: running, seen } = capture({ returnProbes }));
        const port = await freePort();
        server = await startServer(command, [join(servers, file), String(port), folder.path], [port]);
        await running.setTargets({ pids: new Set([server.pid]) });
        await expectRightPorts(port);
      });
    }
  }

  for (const refusal of ['EPERM', 'KILL']) {
    for (const returnProbes of ['auto', 'off'] as const) {
      it(`harms no server whose seccomp filter answers with ${refusal}, and sees all of it (return probes ${returnProbes})`, async () => {
        running.close();
        ({ capture: running, seen } = capture({ returnProbes }));
        const port = await freePort();
        const args = ['python3', join(servers, 'threads.py'), String(port), folder.path];
        server = await startServer('python3', [join(servers, 'seccomp.py'), refusal, ...args], [port]);
        await running.setTargets({ pids: new Set([server.pid]) });
        await expectRightPorts(port);
        expect(server.process.exitCode ?? server.process.signalCode).to.equal(null);
        if (returnProbes === 'off') expect(running.counters().returnProbes).to.equal(0);
      });
    }
  }

  for (const [name, file] of [
    ['the library reads the socket', 'threads.py'],
    ['the program feeds the library', 'asyncio_server.py'],
  ] as const) {
    it(`does not count connections on which only hands are shaken as uncovered: ${name}`, async () => {
      const port = await freePort();
      server = await startServer('python3', [join(servers, file), String(port), folder.path], [port]);
      await running.setTargets({ pids: new Set([server.pid]) });
      for (let i = 0; i < 3; i++) {
        const socket = connect({ port, rejectUnauthorized: false });
        await once(socket, 'session');
        socket.destroy();
      }
      const closed = () => [...seen.connections.values()].filter(one => one.close !== undefined).length;
      await until('the connections are closed', () => closed() === 3);
      expect(running.counters()).to.include({ tlsUncoveredConnections: 0 });
      expect(running.uncoveredTls()).to.deep.equal([]);
    });
  }

  for (const returnProbes of ['auto', 'off'] as const) {
    it(`harms no coroutines that change stacks within a call, and gives none of their requests to others (return probes ${returnProbes})`, async () => {
      const program = join(folder.path, 'coroutines');
      execFileSync('cc', ['-O1', '-o', program, join(servers, 'coroutines.c'), '-lssl', '-lcrypto']);
      running.close();
      ({ capture: running, seen } = capture({ returnProbes }));
      const port = await freePort();
      const files = ['cert.pem', 'key.pem'].map(name => join(folder.path, name));
      server = await startServer(program, [String(port), ...files], [port]);
      await running.setTargets({ pids: new Set([server.pid]) });
      const clients = await shuffledTraffic(port, true, 20, 10);
      for (const client of clients) client.close();
      const closed = (client: Client) => seen.byClientPort(client.localPort)[0]?.close !== undefined;
      await until('all connections are closed', () => clients.every(closed));
      expect(server.process.exitCode ?? server.process.signalCode).to.equal(null);
      let missing = 0;
      for (const client of clients) {
        const targets = seen.requests(client.localPort, 'tls').match(/(?<=GET )\S+/g) ?? [];
        expect(client.sent.map(({ path }) => path)).to.include.members(targets);
        missing += client.sent.length - targets.length;
      }
      // With return probes this kernel has session links, and reads are probed where they touch no stack.
      if (returnProbes === 'auto') expect(missing).to.equal(0);
      // Missing, but never silently.
      if (missing > 0) expect(running.counters().tlsUnassociatedBytes).to.be.greaterThan(0);
    });
  }

  it('harms no server that cancels threads which wait in SSL_read', async () => {
    const program = join(folder.path, 'cancelled');
    // Cleanup by unwinding, as in C++: behind a return address that was replaced nothing would be cleaned up.
    const flags = ['-fexceptions', '-lssl', '-lcrypto', '-lpthread'];
    execFileSync('cc', ['-O1', '-o', program, join(servers, 'cancelled.c'), ...flags]);
    const port = await freePort();
    const files = ['cert.pem', 'key.pem'].map(name => join(folder.path, name));
    server = await startServer(program, [String(port), ...files], [port]);
    await running.setTargets({ pids: new Set([server.pid]) });
    const ask = async (paths: string[]) => {
      const socket = connect({ port, rejectUnauthorized: false });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      const localPort = socket.localPort ?? 0;
      const requests = paths.map(path => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      for (const request of requests) {
        socket.write(request);
        await once(socket, 'data');
      }
      return { socket, localPort, requests };
    };
    const cancelled = [];
    for (let i = 0; i < 8; i++) cancelled.push(await ask([`/${i}`, '/cancel']));
    for (const { socket } of cancelled) if (!socket.closed) await once(socket, 'close');
    const after = await ask(['/after']);
    after.socket.destroy();
    expect(server.process.exitCode ?? server.process.signalCode).to.equal(null);
    for (const { localPort, requests } of [...cancelled, after]) {
      const all = requests.join('');
      await until('all requests', () => seen.requests(localPort, 'tls').length >= all.length);
      expect(seen.requests(localPort, 'tls')).to.equal(all);
    }
  });

  async function startBuffered(mode: 'fork' | 'goodbye' | 'deep' | 'left'): Promise<number> {
    const program = join(folder.path, 'buffered');
    execFileSync('cc', ['-O1', '-o', program, join(servers, 'buffered.c'), '-lssl', '-lcrypto', '-lpthread']);
    const port = await freePort();
    const files = ['cert.pem', 'key.pem'].map(name => join(folder.path, name));
    server = await startServer(program, [String(port), ...files, mode], [port]);
    return port;
  }
  const post = (path: string, body: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}!`;

  for (const [name, mode] of [
    ['gives a child process what its parent had in the library when it forked', 'fork'],
    ['sees answers that are written more than 1 MiB deep in the stack of a thread, as Ruby does', 'deep'],
  ] as const) {
    it(name, async () => {
      const port = await startBuffered(mode);
      await running.setTargets({ pids: new Set([server?.pid ?? 0]) });
      for (let i = 0; i < 5; i++) {
        const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
        await once(socket, 'secureConnect');
        const localPort = socket.localPort ?? 0;
        const requests = [post(`/${i}/first`, 'a'.repeat(200)), post(`/${i}/second`, 'b')];
        for (const request of requests) {
          socket.write(request);
          await once(socket, 'data');
        }
        const answers = () =>
          seen
            .byClientPort(localPort)[0]
            ?.streams.get('response tls')
            ?.text.match(/HTTP\/1\.1 200/g)?.length;
        await until('both answers', () => answers() === 2).catch(() => {});
        expect(seen.requests(localPort, 'tls')).to.equal(requests.join(''));
        expect(answers()).to.equal(2);
        socket.destroy();
      }
      expect(running.counters().tlsUnassociatedBytes).to.equal(0);
    });
  }

  it('sees what is read after a write was left by a jump', async () => {
    const port = await startBuffered('left');
    await running.setTargets({ pids: new Set([server?.pid ?? 0]) });
    const ask = async (path: string) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      socket.write(post(path, ''));
      return { socket, path, localPort: socket.localPort ?? 0 };
    };
    const clients = [await ask('/first'), await ask('/second')] as const;
    await once(clients[1].socket, 'data');
    const both = () => clients.every(({ localPort }) => seen.requests(localPort, 'tls') !== '');
    await until('both requests', both).catch(() => {});
    for (const { socket, path, localPort } of clients) {
      expect(seen.requests(localPort, 'tls')).to.equal(post(path, ''));
      socket.destroy();
    }
  });

  it("does not take another session's goodbye for the receive of what lay in the library when the agent came", async () => {
    const port = await startBuffered('goodbye');
    const open = async () => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      socket.on('error', () => {});
      await once(socket, 'secureConnect');
      return { socket, localPort: socket.localPort ?? 0 };
    };
    const [first, second] = [await open(), await open()];
    const trigger = connectPlain(port, '127.0.0.1');
    const decoy = 'GET /decoy HTTP/1.1\r\nHost: a\r\n\r\n';
    second.socket.write(post('/before', decoy.repeat(20)));
    await once(trigger, 'data');
    await running.setTargets({ pids: new Set([server?.pid ?? 0]) });
    trigger.write('g');
    const request = post('/first', '');
    first.socket.resume().write(request);
    await once(second.socket, 'data');
    const later = post('/later', '');
    second.socket.write(later);
    await until('the later request', () => seen.requests(second.localPort, 'tls').includes('/later'));
    expect(seen.requests(first.localPort, 'tls')).to.equal(request);
    expect(seen.requests(second.localPort, 'tls')).to.equal(later);
    expect(running.counters().tlsUnassociatedBytes).to.be.greaterThan(0);
    for (const socket of [trigger, first.socket, second.socket]) socket.destroy();
  });

  it('probes a server that starts after it was selected', async () => {
    // Selected by the parent: this test's own process.
    await running.setTargets({ pids: new Set([process.pid]) });
    const before = running.counters().tlsLibraries;
    const port = await freePort();
    server = await startServer(
      'python3',
      [join(servers, 'asyncio_server.py'), String(port), folder.path],
      [port],
    );
    await until('the library of the new process is probed', () => running.counters().tlsLibraries > before);
    await expectRightPorts(port);
  });
});
