import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { Client, shuffledTraffic } from './clients.ts';
import {
  capture,
  type Nginx,
  openKernelObjects,
  privatePages,
  type Recorder,
  startNginx,
  until,
  workFolder,
} from './support.ts';

/** Needs root, BTF, `npm run build:bpf`, nginx and openssl; fails without them. */
describe('capture of nginx', function () {
  this.timeout(60_000);
  const folder = workFolder();
  let nginx: Nginx;
  let running: Capture;
  let seen: Recorder;

  before(async () => {
    nginx = await startNginx(folder.path);
  });
  after(async () => {
    await nginx.stop();
    folder.remove();
  });
  beforeEach(() => {
    ({ capture: running, seen } = capture());
  });
  afterEach(() => running.close());

  async function expectRequests(clients: readonly Client[], layer: 'socket' | 'tls'): Promise<void> {
    const complete = () =>
      clients.every(
        client => seen.requests(client.localPort, layer).length >= client.expectedRequests.length,
      );
    await until('all request bytes were captured', complete).catch(() => {});
    for (const client of clients) {
      expect(seen.requests(client.localPort, layer)).to.equal(client.expectedRequests);
    }
    expect(seen.errors).to.deep.equal([]);
    expect(running.counters()).to.include({
      ringFullBytes: 0,
      copyFaultBytes: 0,
      unseenBytes: 0,
      stateFull: 0,
    });
  }

  for (const [name, secure] of [
    ['plaintext', false],
    ['TLS', true],
  ] as const) {
    it(`gives every request byte with the right client port, 24 ${name} connections shuffled`, async () => {
      await running.setTargets({ pids: new Set([nginx.pid]) });
      const clients = await shuffledTraffic(
        secure ? nginx.httpsPort : nginx.httpPort,
        secure,
        24,
        12,
        (c, r) => (r % 3 === 0 ? `body-${c}-${r}-`.repeat(1 + c * r * 5) : ''),
      );
      await expectRequests(clients, secure ? 'tls' : 'socket');
      for (const client of clients) {
        const [connection] = seen.byClientPort(client.localPort);
        expect(connection?.open).to.include({ fromStart: true });
        expect(connection?.open?.server.port).to.equal(secure ? nginx.httpsPort : nginx.httpPort);
        client.close();
      }
      await until('closes were seen', () => clients.every(one => seen.byClientPort(one.localPort)[0]?.close));
    });

    it(`gives the head of a 1 MB ${name} response and none of its body`, async () => {
      await running.setTargets({ pids: new Set([nginx.pid]) });
      const client = new Client(secure ? nginx.httpsPort : nginx.httpPort, secure);
      const bytes = await client.send('/big.bin');
      expect(bytes).to.equal(1_050_000);
      await client.send('/after');
      const layer = secure ? 'tls' : 'socket';
      const response = () => seen.byClientPort(client.localPort)[0]?.streams.get(`response ${layer}`);
      await until(
        'the second response',
        () => (response()?.text.match(/HTTP\/1\.1 200 OK/g) ?? []).length === 2,
      );
      expect(response()?.text).not.to.include('RESPONSE-BODY-');
      expect(response()?.text.split('\r\n\r\n')).to.have.length(3);
      expect(response()?.gaps.map(gap => [gap.reason, gap.bytes])).to.deep.equal([['not-copied', bytes]]);
      client.close();
    });

    it(`gives a 3 MB ${name} request body byte for byte`, async () => {
      await running.setTargets({ pids: new Set([nginx.pid]) });
      const client = new Client(secure ? nginx.httpsPort : nginx.httpPort, secure);
      await client.send(
        '/upload',
        Array.from({ length: 300_000 }, (_, i) => String(i).padStart(10)).join(''),
      );
      await expectRequests([client], secure ? 'tls' : 'socket');
      client.close();
    });

    it(`joins ${name} connections that are older than the agent`, async () => {
      const client = new Client(secure ? nginx.httpsPort : nginx.httpPort, secure);
      await client.send('/before');
      client.sent.length = 0;
      await running.setTargets({ pids: new Set([nginx.pid]) });
      await client.send('/late');
      await client.send('/later');
      await expectRequests([client], secure ? 'tls' : 'socket');
      expect(seen.byClientPort(client.localPort)[0]?.open?.fromStart).to.equal(false);
      client.close();
    });
  }

  for (const [name, options] of [
    ['return probes', { returnProbes: 'off' }],
    ['links for many probes', { uprobeLinks: 'single' }],
    ['such links, with return probes', { uprobeLinks: 'single', returnProbes: 'on' }],
  ] as const) {
    it(`gives the same of TLS without ${name}`, async () => {
      running.close();
      ({ capture: running, seen } = capture(options));
      await running.setTargets({ pids: new Set([nginx.pid]) });
      const clients = await shuffledTraffic(nginx.httpsPort, true, 12, 8, (c, r) =>
        `${c} ${r}`.repeat(c * r),
      );
      await expectRequests(clients, 'tls');
      for (const client of clients) client.close();
    });
  }

  it('takes up TLS of a process that it had let go, and that maps the library of another target', async () => {
    const otherFolder = workFolder();
    const other = await startNginx(otherFolder.path);
    try {
      await running.setTargets({ pids: new Set([other.pid]) });
      const client = new Client(nginx.httpsPort, true);
      await client.send('/let-go');
      client.sent.length = 0;
      await running.setTargets({ pids: new Set([nginx.pid, other.pid]) });
      await client.send('/taken');
      await expectRequests([client], 'tls');
      client.close();
    } finally {
      await other.stop();
      otherFolder.remove();
    }
  });

  it('gives nothing of processes that are not selected', async () => {
    await running.setTargets({ pids: new Set([1 << 22]) });
    const clients = [
      ...(await shuffledTraffic(nginx.httpPort, false, 4, 3)),
      ...(await shuffledTraffic(nginx.httpsPort, true, 4, 3)),
    ];
    // A selected one afterwards proves that everything before it had time to arrive.
    await running.setTargets({ pids: new Set([nginx.pid]) });
    const last = new Client(nginx.httpPort, false);
    await last.send('/last');
    await until(
      'the selected request',
      () => seen.requests(last.localPort, 'socket') === last.expectedRequests,
    );
    expect([...seen.connections.values()].map(one => one.open?.client.port)).to.deep.equal([last.localPort]);
    for (const client of [...clients, last]) client.close();
  });

  it('stops with the selection and resumes with it', async () => {
    const client = new Client(nginx.httpsPort, true);
    await running.setTargets({ pids: new Set([nginx.pid]) });
    await client.send('/one');
    await running.setTargets({ pids: new Set([1 << 22]) });
    await client.send('/hidden');
    // A notice that was on its way may have its library probed once more, until all targets are looked over.
    await until('the probes are gone', () => running.counters().tlsLibraries === 0, 10_000);
    await running.setTargets({ pids: new Set([nginx.pid]) });
    await client.send('/three');
    await until('the third request', () =>
      JSON.stringify([...seen.connections.values()].map(c => [...c.streams.values()])).includes('/three'),
    );
    const text = JSON.stringify([...seen.connections.values()].map(c => [...c.streams.values()]));
    expect(text).to.include('/one').and.not.to.include('/hidden');
    client.close();
  });

  for (const [layer, secure] of [
    ['socket', false],
    ['tls', true],
  ] as const)
    it(`takes a connection for one joined late when nothing was selected meanwhile: ${layer}`, async () => {
      await running.setTargets({ pids: new Set([nginx.pid]) });
      const client = new Client(secure ? nginx.httpsPort : nginx.httpPort, secure);
      await client.send('/before');
      await running.setTargets({});
      await client.send('/hidden');
      await running.setTargets({ pids: new Set([nginx.pid]) });
      await client.send('/after');
      await until('the last request', () => seen.requests(client.localPort, layer).includes('/after'));
      expect(seen.requests(client.localPort, layer)).to.include('/before').and.not.to.include('/hidden');
      const [connection] = seen.byClientPort(client.localPort);
      // Otherwise what comes would be read as if it followed what came before.
      expect(connection?.close).not.to.equal(undefined);
      expect(connection?.open?.fromStart).to.equal(false);
      client.close();
    });

  it('gives only the ports asked for', async () => {
    running.close();
    ({ capture: running, seen } = capture({ ports: [nginx.httpsPort] }));
    await running.setTargets({ pids: new Set([nginx.pid]) });
    const [plain] = await shuffledTraffic(nginx.httpPort, false, 1, 1);
    const secure = await shuffledTraffic(nginx.httpsPort, true, 1, 1);
    await expectRequests(secure, 'tls');
    expect(seen.byClientPort(plain?.localPort ?? 0)).to.deep.equal([]);
    for (const client of [plain, ...secure]) client?.close();
  });

  it('gives nothing of the connections that a target opens itself', async () => {
    const upstreamFolder = workFolder();
    const upstream = await startNginx(upstreamFolder.path);
    const proxyFolder = workFolder();
    const proxy = await startNginx(proxyFolder.path, upstream.httpsPort);
    try {
      await running.setTargets({ pids: new Set([proxy.pid]) });
      const clients = await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          const client = new Client(index % 2 ? proxy.httpsPort : proxy.httpPort, index % 2 === 1);
          for (let request = 0; request < 5; request++) await client.send(`/proxy/${index}/${request}`);
          return client;
        }),
      );
      for (const [index, client] of clients.entries())
        await expectRequests([client], index % 2 ? 'tls' : 'socket');
      const serverPorts = new Set([...seen.connections.values()].map(one => one.open?.server.port));
      expect([...serverPorts].sort()).to.deep.equal([proxy.httpPort, proxy.httpsPort].sort());
      for (const client of clients) client.close();
    } finally {
      await proxy.stop();
      await upstream.stop();
      proxyFolder.remove();
      upstreamFolder.remove();
    }
  });

  it('leaves no probe, link or map behind when it is closed', async () => {
    running.close();
    const before = openKernelObjects();
    ({ capture: running, seen } = capture());
    await running.setTargets({ pids: new Set([nginx.pid]) });
    const client = new Client(nginx.httpsPort, true);
    await client.send('/while-open');
    expect(openKernelObjects()).to.be.greaterThan(before);
    expect(running.counters().tlsLibraries).to.equal(1);
    running.close();
    running.close();
    await until('all kernel objects are gone', () => openKernelObjects() === before);
    const count = seen.connections.size;
    await client.send('/after-close');
    expect(seen.connections.size).to.equal(count);
    client.close();
    // A process that starts now maps the library without any breakpoint in it.
    const freshFolder = workFolder();
    const fresh = await startNginx(freshFolder.path);
    try {
      expect(privatePages(fresh.pid, 'libssl')).to.equal(0);
    } finally {
      await fresh.stop();
      freshFolder.remove();
    }
  });

  it('keeps exact books when the reader is behind and the rings are full', async () => {
    running.close();
    ({ capture: running, seen } = capture({ rings: 1, ringBytes: 1 << 16 }));
    await running.setTargets({ pids: new Set([nginx.pid]) });
    const client = new Client(nginx.httpPort, false);
    await client.send('/before');
    const body = 'x'.repeat(6_000_000);
    const sending = client.send('/flood', body);
    // The JavaScript thread does not take batches while it is busy here: the queue, then the ring, fill up.
    const release = Date.now() + 1500;
    await new Promise(resolve => setImmediate(resolve));
    while (Date.now() < release) Math.sqrt(release);
    await sending;
    const stream = () => seen.byClientPort(client.localPort)[0]?.streams.get('request socket');
    // The first ones behind the flood may still find a full ring.
    const caughtUp = () =>
      stream()?.text.endsWith('\r\n\r\n') === true && stream()?.end === client.expectedRequests.length;
    await until(
      'a request behind the flood',
      async () => {
        await client.send('/after');
        return until('it', caughtUp, 1000).then(
          () => true,
          () => false,
        );
      },
      40_000,
    );
    const lost = stream()?.gaps.reduce((sum, gap) => sum + gap.bytes, 0) ?? 0;
    expect((stream()?.text.length ?? 0) + lost).to.equal(client.expectedRequests.length);
    expect(lost).to.be.at.most(running.counters().ringFullBytes);
    expect(seen.errors).to.deep.equal([]);
    client.close();
  });

  it('wastes little of a ring on reads of 4 KiB', async () => {
    running.close();
    ({ capture: running, seen } = capture({ rings: 1, ringBytes: 1 << 23 }));
    await running.setTargets({ pids: new Set([nginx.pid]) });
    // nginx discards a body in pieces of 4096 bytes. It fits into the ring even if its reader never gets a processor;
    // with records rounded up to powers of two it would not.
    const length = 6_800_000;
    const head = `POST /flood HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n`;
    const script = `const socket = require('node:net').connect(${nginx.httpPort}, '127.0.0.1');
      socket.write(${JSON.stringify(head)} + 'x'.repeat(${length})); socket.resume();`;
    execFileSync(process.execPath, ['-e', script], { timeout: 30_000 });
    const stream = () => [...seen.connections.values()][0]?.streams.get('request socket');
    await until('the whole body', () => (stream()?.end ?? 0) > length);
    expect(stream()?.gaps).to.deep.equal([]);
    expect(running.counters().ringFullBytes).to.equal(0);
  });

  it('stays far below the million instructions that the verifier follows at most', () => {
    for (const rung of ['A', 'B'] as const) {
      running.close();
      ({ capture: running, seen } = capture({ verifierReport: true, rung }));
      for (const [program, report] of Object.entries(running.verifierReport())) {
        // The other rung's programs are not loaded.
        if (report === '') continue;
        expect(Number(/processed (\d+) insns/.exec(report)?.[1]), program).to.be.within(1, 600_000);
      }
    }
  });

  it('keeps the stack of uprobe programs below 64 bytes, where the kernel would make it per CPU', () => {
    running.close();
    ({ capture: running, seen } = capture({ verifierReport: true }));
    const report = running.verifierReport();
    const programs = ['tls_enter', 'tls_exit', 'tls_session', 'tls_end'];
    if (process.arch === 'x64') programs.push('tls_result');
    for (const program of programs) {
      const depths =
        /stack depth ([\d+]+)/
          .exec(report[program] ?? '')?.[1]
          ?.split('+')
          .map(Number) ?? [];
      expect(depths.length, program).to.be.greaterThan(0);
      expect(Math.max(...depths), program).to.be.lessThan(64);
    }
  });
});
