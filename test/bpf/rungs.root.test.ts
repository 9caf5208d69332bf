import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { Client, shuffledTraffic } from './clients.ts';
import { capture, type Nginx, type Recorder, startNginx, until, workFolder } from './support.ts';

/** Needs root, BTF, `npm run build:bpf`, nginx and openssl; fails without them. */
describe('the two ways to hook sockets', function () {
  this.timeout(60_000);
  const folder = workFolder();
  let nginx: Nginx;
  const captures: { capture: Capture; seen: Recorder }[] = [];

  before(async () => {
    nginx = await startNginx(folder.path);
    for (const rung of ['A', 'B'] as const) {
      const one = capture({ rung, ringBytes: 1 << 23 });
      captures.push(one);
    }
  });
  beforeEach(() => {
    for (const { seen } of captures) seen.beginTest();
  });
  after(async () => {
    for (const one of captures) one.capture.close();
    await nginx.stop();
    folder.remove();
  });

  /** What a capture saw of a connection, as one text; where records are cut does not matter. */
  function told(seen: Recorder, port: number): string {
    return JSON.stringify(
      seen.byClientPort(port).map(({ open, close, streams }) => ({
        server: open?.server,
        fromStart: open?.fromStart,
        cgroup: String(open?.cgroupId),
        closed: close !== undefined,
        streams: [...streams]
          .sort()
          .map(([name, { text, end, gaps }]) => [
            name,
            text,
            end,
            gaps.map(gap => [gap.position, gap.bytes, gap.reason]),
          ]),
      })),
    );
  }

  async function expectTheSame(ports: readonly number[]): Promise<void> {
    for (const { seen } of captures) {
      await until('all connections are closed', () =>
        ports.every(port => seen.byClientPort(port)[0]?.close !== undefined),
      );
      expect(seen.errors).to.deep.equal([]);
    }
    const [a, b] = captures.map(one => one.seen);
    for (const port of ports) {
      const expected = told(a as Recorder, port);
      expect(expected).to.include('request');
      expect(told(b as Recorder, port)).to.equal(expected);
    }
  }

  it('are told apart in the counters', () => {
    expect(captures.map(one => one.capture.counters().systemCallHooks)).to.deep.equal([0, 1]);
  });

  for (const secure of [false, true]) {
    it(`give the same streams of ${secure ? 'TLS' : 'plaintext'} connections, old and new ones`, async () => {
      const port = secure ? nginx.httpsPort : nginx.httpPort;
      const old = new Client(port, secure);
      await old.send('/before');
      for (const one of captures) await one.capture.setTargets({ pids: new Set([nginx.pid]) });
      await old.send('/late', 'x'.repeat(30_000));
      await old.send('/big.bin');
      const clients = await shuffledTraffic(port, secure, 12, 6, (c, r) => `${c}-${r}`.repeat(c * r * 30));
      const upload = new Client(port, secure);
      await upload.send('/upload', 'y'.repeat(1 << 20));
      const all = [old, upload, ...clients];
      for (const client of all) client.close();
      await expectTheSame(all.map(client => client.localPort));
    });
  }

  it('give the same streams of pipelined requests and of HTTP/2', async () => {
    for (const one of captures) await one.capture.setTargets({ pids: new Set([nginx.pid]) });
    const socket = connect(nginx.httpPort, '127.0.0.1');
    await once(socket, 'connect');
    const ports = [socket.localPort ?? 0];
    socket.resume();
    const request = (path: string, extra = '') => `GET ${path} HTTP/1.1\r\nhost: a\r\n${extra}\r\n`;
    socket.write(
      `${request('/a').repeat(20)}${request('/big.bin')}${request('/b', 'connection: close\r\n')}`,
    );
    await once(socket, 'close');
    const session = connectHttp2(`http://127.0.0.1:${nginx.http2Port}`);
    await Promise.all(
      ['/a', '/big.bin', '/b'].map(async path => {
        for await (const _ of session.request({ ':path': path }));
      }),
    );
    ports.push(session.socket.localPort ?? 0);
    session.close();
    await once(session, 'close');
    await expectTheSame(ports);
  });
});
