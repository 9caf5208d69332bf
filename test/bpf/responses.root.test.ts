import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { frame, framesOf, frameTypes, type Piece, randomFrames, randomNumbers } from './http2-frames.ts';
import {
  capture,
  freePort,
  type Nginx,
  type Recorder,
  type Server,
  startNginx,
  startServer,
  until,
  workFolder,
} from './support.ts';

const replay = join(import.meta.dirname, 'servers', 'replay.mjs');
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** Needs root, BTF, `npm run build:bpf`, nginx and openssl; fails without them. */
describe('capture of responses', function () {
  this.timeout(60_000);
  const folder = workFolder();
  let nginx: Nginx;
  let running: Capture;
  let seen: Recorder;
  const servers: Partial<Record<'plain' | 'tls', Server & { port: number }>> = {};

  before(async () => {
    nginx = await startNginx(folder.path);
    for (const kind of ['plain', 'tls'] as const) {
      const port = await freePort();
      writeFileSync(join(folder.path, 'pieces.json'), '[]');
      servers[kind] = {
        ...(await startServer(process.execPath, [replay, String(port), folder.path, kind], [port])),
        port,
      };
    }
  });
  after(async () => {
    await nginx.stop();
    await servers.plain?.stop();
    await servers.tls?.stop();
    folder.remove();
  });
  beforeEach(() => {
    ({ capture: running, seen } = capture());
  });
  afterEach(() => running.close());

  /** Lets the server send `pieces` in answer to `request`; resolves when the capture has them all. */
  async function exchange(kind: 'plain' | 'tls', request: string, pieces: readonly Buffer[]) {
    const server = servers[kind];
    if (server === undefined) throw new Error('the server does not run');
    await running.setTargets({ pids: new Set([server.pid]) });
    writeFileSync(
      join(folder.path, 'pieces.json'),
      JSON.stringify(pieces.map(piece => piece.toString('base64'))),
    );
    const socket =
      kind === 'tls'
        ? connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
        : connect(server.port, '127.0.0.1');
    await once(socket, kind === 'tls' ? 'secureConnect' : 'connect');
    const { localPort = 0 } = socket;
    socket.resume();
    socket.write(request);
    await once(socket, 'close');
    const connection = () => seen.byClientPort(localPort)[0];
    await until('the close of the connection', () => connection()?.close !== undefined);
    const stream = connection()?.streams.get(`response ${kind === 'tls' ? 'tls' : 'socket'}`);
    if (stream === undefined) throw new Error('nothing of the response was captured');
    expect(stream.end).to.equal(pieces.reduce((sum, piece) => sum + piece.length, 0));
    expect(seen.errors).to.deep.equal([]);
    return stream;
  }

  for (const kind of ['plain', 'tls'] as const) {
    it(`leaves out of HTTP/2 exactly the payload of DATA frames, however the bytes are cut (${kind})`, async () => {
      for (let seed = 1; seed <= 12; seed++) {
        const random = randomNumbers(seed);
        const frames = randomFrames(random, 60);
        const bytes = Buffer.concat(frames.map(one => one.bytes));
        // From shreds, in which every frame header is cut, to pieces of several frames.
        const largest = [1, 7, 40, 3000, 40_000][seed % 5] ?? 1;
        const cut = largest === 1 ? bytes.subarray(0, 3000) : bytes;
        const pieces: Buffer[] = [];
        for (let at = 0; at < cut.length; ) {
          const length = 1 + Math.floor(random() * largest);
          pieces.push(cut.subarray(at, at + length));
          at += length;
        }
        const stream = await exchange(kind, preface, pieces);
        const kept = framesOf(frames, cut.length);
        expect(stream.text, `seed ${seed}`).to.equal(kept.text);
        const merged = stream.gaps.reduce<[number, number][]>((all, gap) => {
          const last = all.at(-1);
          if (last && last[0] + last[1] === gap.position) last[1] += gap.bytes;
          else all.push([gap.position, gap.bytes]);
          expect(gap.reason).to.equal('not-copied');
          return all;
        }, []);
        expect(merged, `seed ${seed}`).to.deep.equal(kept.gaps);
      }
    });

    it(`knows HTTP/2 by the server's SETTINGS when the preface comes in shreds (${kind})`, async () => {
      const first = frame(frameTypes.settings, 0, 0, Buffer.alloc(12));
      const stream = await exchange(kind, 'PRI', [first, frame(frameTypes.data, 0, 1, Buffer.alloc(500))]);
      expect(stream.text.length).to.equal(first.length + 9);
    });

    const response = (length: number, extra = '') =>
      `HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: ${length}\r\n${extra}\r\n${'B'.repeat(length)}`;
    const requests = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
    const cases: [string, string[], string[]][] = [
      [
        'put together in one piece',
        [response(5) + response(0) + response(700) + response(3)],
        ['5', '0', '700', '3'],
      ],
      ['each in its own piece', [response(5), response(30_000), response(3)], ['5', '30000', '3']],
      ['with bodies in pieces', [response(90).slice(0, -80), 'B'.repeat(80) + response(2)], ['90', '2']],
      [
        'behind chunked ones',
        [`${response(0, 'Transfer-Encoding: chunked\r\n')}5\r\nBBBBB\r\n`, '0\r\n\r\n', response(4)],
        ['0', '4'],
      ],
      [
        'behind interim ones',
        [
          `HTTP/1.1 100 Continue\r\n\r\n${response(6)}`,
          'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n',
          response(7),
        ],
        ['6', '7'],
      ],
      [
        'to HEAD, without the content they tell the length of',
        [
          `HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${response(8)}`,
          'HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n',
          response(9),
        ],
        ['5000', '8', '99', '9'],
      ],
      [
        'with long heads, put together in one piece',
        [
          response(5, `X-Long: ${'l'.repeat(3000)}\r\n`) +
            response(3, `X-Long: ${'l'.repeat(5000)}\r\n`) +
            response(9),
        ],
        ['5', '3', '9'],
      ],
      ['in shreds', [...response(6)].concat([...response(2)]), ['6', '2']],
    ];
    for (const [name, pieces, lengths] of cases) {
      it(`gives the head of each HTTP/1 response, ${name} (${kind})`, async () => {
        const stream = await exchange(
          kind,
          requests,
          pieces.map(piece => Buffer.from(piece)),
        );
        const heads = [...stream.text.matchAll(/HTTP\/1\.1 (?:200|304)[\s\S]*?content-length: (\d+)\r\n/gi)];
        expect(heads.map(head => head[1])).to.deep.equal(lengths);
        expect(stream.text).not.to.include('B'.repeat(60));
      });
    }
  }

  /** One response per request that nginx has read ahead. */
  it('gives the head of every response to 40 pipelined requests', async () => {
    await running.setTargets({ pids: new Set([nginx.pid]) });
    const socket = connect(nginx.httpPort, '127.0.0.1');
    await once(socket, 'connect');
    const { localPort = 0 } = socket;
    socket.resume();
    socket.write(
      `${'GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(39)}GET /big.bin HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    );
    await once(socket, 'close');
    await until('the close', () => seen.byClientPort(localPort)[0]?.close !== undefined);
    const text = seen.byClientPort(localPort)[0]?.streams.get('response socket')?.text ?? '';
    expect(text.match(/^HTTP\/1\.1 200 OK\r$/gm)).to.have.length(40);
    expect(text).not.to.include('RESPONSE-BODY-');
  });

  for (const [secure, late] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const name = `${secure ? 'TLS' : 'plaintext'}${late ? ', joined late' : ''}`;
    it(`gives nginx's HTTP/2 responses without their bodies (${name})`, async () => {
      if (!late) await running.setTargets({ pids: new Set([nginx.pid]) });
      const port = secure ? nginx.http2sPort : nginx.http2Port;
      const session = connectHttp2(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, {
        rejectUnauthorized: false,
      });
      const get = async (path: string) => {
        const stream = session.request({ ':path': path });
        let bytes = 0;
        for await (const chunk of stream) bytes += (chunk as Buffer).length;
        return bytes;
      };
      await get('/first');
      if (late) await running.setTargets({ pids: new Set([nginx.pid]) });
      const lengths = await Promise.all(['/a', '/big.bin', '/b', '/big.bin', '/c'].map(get));
      expect(lengths).to.deep.equal([3, 1_050_000, 3, 1_050_000, 3]);
      const localPort = session.socket.localPort ?? 0;
      session.close();
      await once(session, 'close');
      const connection = () => seen.byClientPort(localPort)[0];
      await until('the close', () => connection()?.close !== undefined);
      const stream = connection()?.streams.get(`response ${secure ? 'tls' : 'socket'}`);
      expect(stream?.text).not.to.include('RESPONSE-BODY-');
      const headers = stream?.frames().filter((one: Piece) => one.type === frameTypes.headers) ?? [];
      expect(headers).to.have.length(late ? 5 : 6);
      expect(seen.errors).to.deep.equal([]);
    });
  }
});
