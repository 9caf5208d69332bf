import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Capture, openCapture } from '../../runtime/agent/capture/capture.ts';
import { toExchange } from '../../runtime/agent/exchange/assembled-exchange.ts';
import { ExchangeAssembler } from '../../runtime/agent/exchange/assembler.ts';
import { clientStart, request, response, settings } from '../runtime/http/http2/frames.ts';
import { freePort, Recorder, type Stream, startServer, until, workFolder } from './support.ts';

/** Each piece goes out in one blocking call, which Node.js would cut. */
const server = `
import json, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    client = listener.accept()[0]
    if client.recv(65536):
        for piece in json.load(open(sys.argv[2])):
            client.sendall(piece.encode("latin-1"))
    client.close()
`;

/** Needs root, BTF, `npm run build:bpf` and Python; fails without them. */
describe('capture of thousands of responses in one call', function () {
  this.timeout(60_000);
  const folder = workFolder();
  let running: Capture;
  let seen: Recorder;
  let pairs: string[];

  after(() => folder.remove());
  beforeEach(() => {
    seen = new Recorder();
    pairs = [];
    const assembler = new ExchangeAssembler({
      emit: exchange => {
        const { request: asked, response: answered, lostBytes } = toExchange(exchange);
        pairs.push(`${asked?.target} ${answered?.status ?? '-'}${lostBytes > 0 ? ' lost' : ''}`);
      },
    });
    running = openCapture({ ringBytes: 1 << 24 }, events => {
      seen.onEvents(events);
      for (const event of events) assembler.push(event);
    });
  });
  afterEach(() => running.close());

  async function answered(requests: Buffer, pieces: readonly Buffer[]): Promise<Stream> {
    const port = await freePort();
    const file = join(folder.path, 'pieces.json');
    writeFileSync(file, JSON.stringify(pieces.map(piece => piece.toString('latin1'))));
    const { pid, stop } = await startServer('python3', ['-c', server, String(port), file], [port]);
    try {
      await running.setTargets({ pids: new Set([pid]) });
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      const { localPort = 0 } = socket;
      socket.resume().write(requests);
      await once(socket, 'close');
      const connection = () => seen.byClientPort(localPort)[0];
      await until('the close of the connection', () => connection()?.close !== undefined);
      expect(seen.errors).to.deep.equal([]);
      return connection()?.streams.get('response socket') as Stream;
    } finally {
      await stop();
    }
  }

  it('has the heads of 5000 of HTTP/1', async () => {
    const one = Buffer.from('HTTP/1.1 200 A\r\nContent-Length: 1\r\n\r\nB');
    const stream = await answered(Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'), [
      Buffer.concat(Array.from({ length: 5_000 }, () => one)),
    ]);
    expect(stream.text.split('HTTP/1.1 200 A').length - 1).to.equal(5_000);
    expect(new Set(stream.gaps.map(gap => gap.reason))).to.deep.equal(new Set(['not-copied']));
  });

  it('has those of 30 000 of HTTP/2, counts what is beyond as lost, and knows where the next call begins', async () => {
    const streamOf = (index: number): number => 1 + 2 * index;
    const responses = Array.from({ length: 40_000 }, (_, index) => response(streamOf(index), '200'));
    const cut = response(streamOf(40_000), '200');
    const asked = [0, 29_999, 35_000, 40_000, 40_001];
    const stream = await answered(
      Buffer.concat([clientStart, ...asked.map(index => request(streamOf(index), `/${index}`))]),
      [
        Buffer.concat([settings(), ...responses, cut.subarray(0, 5)]),
        Buffer.concat([cut.subarray(5), response(streamOf(40_001), '200')]),
      ],
    );
    // Heads of every request that waits may be among what was lost.
    expect(pairs.sort()).to.deep.equal([
      '/0 200',
      '/29999 200',
      '/35000 - lost',
      '/40000 - lost',
      '/40001 200 lost',
    ]);
    expect(stream.gaps.map(gap => gap.reason)).to.deep.equal(['unseen']);
    expect(running.counters()).to.include({ notCopiedBytes: 0, unseenBytes: stream.gaps[0]?.bytes });
  });
});
