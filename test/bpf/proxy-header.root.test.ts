import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { type Capture, openCapture } from '../../runtime/agent/capture/capture.ts';
import { ExchangeAssembler } from '../../runtime/agent/exchange/assembler.ts';
import { freePort, Recorder, type Server, startServer, until, workFolder } from './support.ts';

/** How servers/proxy_protocol.py takes the first bytes of a connection. */
const ways = [
  ...['buffer', 'bytes', 'vector', 'segments'],
  ...['peek-discard', 'peek-buffer', 'peek-vector', 'peek-parts'],
];
const layers = ['plain', 'tls'] as const;
type Layer = (typeof layers)[number];

const signature = '\r\n\r\n\0\r\nQUIT\n';
function version2(rest: string, command = '\x21', family = '\x11'): string {
  return `${signature}${command}${family}${String.fromCharCode(rest.length >> 8, rest.length & 255)}${rest}`;
}
const addresses = '\xc0\x00\x02\x07\xc0\x00\x02\x08\x04\xd2\x00P';
const headers: Record<string, string> = {
  'no header': '',
  'version 1': 'PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\n',
  'version 1, UNKNOWN': 'PROXY UNKNOWN\r\n',
  'the longest of version 1': `PROXY UNKNOWN ${'f'.repeat(91)}\r\n`,
  'version 2': version2(addresses),
  'version 2, LOCAL': version2('', '\x20', '\x00'),
  'version 2 with what looks like a request': version2(`${addresses}\x04\x00\x10GET / HTTP/1.1\r\n`),
  'version 2 with an empty line and a line feed': version2(`${addresses}\x04\x00\x02\r\n\n\n`),
  'version 2 with 1400 bytes of fields': version2(`${addresses}\xe0\x05\x78${'z'.repeat(1400)}`),
  'version 2 with 5000 bytes of fields': version2(`${addresses}\xe0\x13\x88${'z'.repeat(5000)}`),
  'version 2 with 60000 bytes of fields': version2(`${addresses}\xe0\xea\x60${'z'.repeat(60_000)}`),
};
const alike = ['PROPFIND / HTTP/1.1', 'P / HTTP/1.1', 'PROXYING / HTTP/1.1', '\r\n\r\nGET / HTTP/1.1'];

const text = (line: string): string => `${line}\r\nHost: a\r\n\r\n`;

/** Sends `header` with the first bytes of what follows it; the client's port, once the server has closed. */
async function talk(port: number, layer: Layer, header: string, request: string): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const { localPort = 0 } = socket;
  const closed = once(socket, 'close');
  if (layer === 'plain') {
    socket.resume();
    socket.write(Buffer.from(header + request, 'latin1'));
  } else {
    const [near, far] = duplexPair();
    const above = connectTls({ socket: near, rejectUnauthorized: false });
    above.on('error', () => {});
    above.once('secureConnect', () => above.end(request)).resume();
    const [first] = (await once(far, 'data')) as [Buffer];
    socket.write(Buffer.concat([Buffer.from(header, 'latin1'), first]));
    far.pipe(socket).pipe(far);
  }
  await closed;
  return localPort;
}

/** Needs root, BTF, `npm run build:bpf`, python3 and openssl; fails without them. */
for (const rung of ['A', 'B'] as const) {
  describe(`PROXY headers in the first bytes of a connection, rung ${rung}`, function () {
    this.timeout(60_000);
    const folder = workFolder();
    const ports = new Map<string, number>();
    let running: Capture;
    const seen = new Recorder();
    /** By connection: the clients of its exchanges. */
    const clients = new Map<number, string[]>();
    let server: Server;

    before(async () => {
      for (const way of ways) for (const layer of layers) ports.set(`${way}:${layer}`, await freePort());
      const program = join(import.meta.dirname, 'servers', 'proxy_protocol.py');
      const words = [...ports].map(([name, port]) => `${port}:${name}`);
      server = await startServer('python3', [program, folder.path, ...words], [...ports.values()]);
      const assembler = new ExchangeAssembler({
        emit: ({ facts: { connection, client } }) =>
          clients.set(connection, [...(clients.get(connection) ?? []), `${client.ip}:${client.port}`]),
      });
      running = openCapture({ rung, ringBytes: 1 << 24 }, events => {
        seen.onEvents(events);
        for (const event of events) assembler.push(event);
      });
      await running.setTargets({ pids: new Set([server.pid]) });
    });
    after(async () => {
      running?.close();
      await server?.stop();
      folder.remove();
    });

    async function expectSeen(way: string, layer: Layer, header: string, request: string): Promise<void> {
      const port = ports.get(`${way}:${layer}`) ?? 0;
      const clientPort = await talk(port, layer, header, request);
      // Towards another port a client's port is used again.
      const connection = () => seen.byClientPort(clientPort).find(({ open }) => open?.server.port === port);
      await until('the close of the connection', () => connection()?.close !== undefined);
      expect(seen.errors).to.deep.equal([]);
      const socket = connection()?.streams.get('request socket');
      expect(socket?.text ?? '').to.equal(layer === 'tls' ? header : header + request);
      expect(socket?.gaps ?? []).to.deep.equal([]);
      if (layer === 'tls') expect(connection()?.streams.get('request tls')?.text).to.equal(request);
      const client =
        header.includes(addresses) || header.includes('TCP4') ? '192.0.2.7:1234' : `127.0.0.1:${clientPort}`;
      expect(clients.get(connection()?.open?.connection ?? 0)).to.deep.equal([client]);
    }

    for (const way of ways)
      for (const layer of layers)
        it(`are delivered once, and so is ${layer} behind them, where the server takes ${way}`, async () => {
          for (const [name, header] of Object.entries(headers)) {
            try {
              await expectSeen(way, layer, header, text('GET /behind HTTP/1.1'));
            } catch (error) {
              throw new Error(`${name}: ${String(error).slice(0, 2000)}`);
            }
          }
        });

    for (const way of ways)
      it(`are not seen in requests that begin alike, where the server takes ${way}`, async () => {
        for (const line of alike) await expectSeen(way, 'plain', '', text(line));
      });

    it('tell nothing of a header that never ends, and lose none of its bytes', async () => {
      await expectSeen('vector', 'plain', '', text(`PROXYLIKE /${'x'.repeat(300)} HTTP/1.1`));
    });
  });
}
