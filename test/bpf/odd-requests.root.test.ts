import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Capture, openCapture } from '../../runtime/agent/capture/capture.ts';
import { type AssembledExchange, toExchange } from '../../runtime/agent/exchange/assembled-exchange.ts';
import { ExchangeAssembler } from '../../runtime/agent/exchange/assembler.ts';
import { freePort, type Server, startServer, until } from './support.ts';

/** Needs root, BTF, `npm run build:bpf` and python3; fails without them. */
describe('capture of requests that Python answers and others do not', function () {
  this.timeout(60_000);
  let server: Server;
  let other: Server;
  let port: number;
  let otherPort: number;
  let capture: Capture;
  const exchanges: AssembledExchange[] = [];
  const assembler = new ExchangeAssembler({ emit: exchange => exchanges.push(exchange) });

  before(async () => {
    port = await freePort();
    const script = join(import.meta.dirname, 'servers', 'any_method_server.py');
    server = await startServer('python3', [script, String(port)], [port]);
    capture = openCapture({ ringBytes: 1 << 22 }, events => {
      for (const event of events) assembler.push(event);
    });
    otherPort = await freePort();
    const program = `net.createServer(s => s.on('data', () => s.write('+OK\\r\\n'))).listen(${otherPort}, '127.0.0.1')`;
    other = await startServer(process.execPath, ['-e', program], [otherPort]);
    await capture.setTargets({ pids: new Set([server.pid, other.pid]) });
  });
  after(async () => {
    capture.close();
    await server.stop();
    await other.stop();
  });

  const usual = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;

  /** Sends requests on one connection, each when the one before is answered or all at once; gives targets with those in the answers. */
  async function observe(requests: readonly string[], together: boolean): Promise<(string | undefined)[][]> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    let received = '';
    socket.on('data', chunk => {
      received += chunk.toString('latin1');
    });
    const answered = (count: number) => received.split('X-Target: ').length > count;
    if (together) socket.write(requests.join(''));
    for (const [index, request] of requests.entries()) {
      if (!together) socket.write(request);
      await until('the response', () => answered(index + 1));
    }
    socket.end();
    await until('the end', () => exchanges.length > 0 && assembler.connections === 0);
    return exchanges
      .splice(0)
      .map(toExchange)
      .map(({ request, response }) => {
        const target = response?.headers.find(({ name }) => name === 'X-Target')?.value.toString();
        return [request?.target, target];
      });
  }

  for (const line of [
    'CONNECT /odd HTTP/1.1',
    'CONNECT /odd/chunked HTTP/1.1',
    'GET\t/odd HTTP/1.1',
    'GET /odd HTTP/1.10',
    ' GET /odd HTTP/1.1',
    '\tGET /odd HTTP/1.1',
    `${'M'.repeat(300)} /odd HTTP/1.1`,
  ])
    for (const together of [false, true])
      it(`sees those behind ${JSON.stringify(line.slice(-30))}, sent ${together ? 'together' : 'apart'}`, async () => {
        const pairs = await observe([`${line}\r\nHost: a\r\n\r\n`, usual('/1'), usual('/2')], together);
        expect(pairs.map(([target]) => target)).to.deep.equal([line.trim().split(/\s/)[1], '/1', '/2']);
        // What comes with CONNECT is not read by every server.
        const known = together && line.startsWith('CONNECT') ? pairs.slice(0, 1) : pairs;
        for (const [target, answered] of known) expect(answered).to.equal(target);
      });

  it('takes what is answered in another protocol for one, at the second line', async () => {
    const before = assembler.counters.foreignConnections;
    const socket = connect(otherPort, '127.0.0.1');
    for (const line of ['PING\r\n', 'SET a GET /a HTTP/1.1\r\n\r\n']) {
      socket.write(line);
      await once(socket, 'data');
    }
    await until('the count', () => assembler.counters.foreignConnections > before);
    expect(assembler.connections).to.equal(1);
    socket.destroy();
    await until('the end', () => assembler.connections === 0);
    expect(exchanges).to.deep.equal([]);
  });
});
