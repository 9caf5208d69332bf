import { type Below, fuzz } from '../fuzz.ts';
import { parseRequests, parseResponses } from './recording.ts';

const seeds = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello',
  'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nT: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'GET / HTTP/1.1\r\nX: a\r\n b\r\n\tc\r\n\r\n',
  '\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c',
];

function mutated(random: Below): (Buffer | number)[] {
  const pieces: (Buffer | number)[] = [];
  for (let count = 1 + random(4); count > 0; count--) {
    const bytes = Buffer.from(seeds[random(seeds.length)] ?? '', 'latin1');
    for (let changes = random(4); changes > 0; changes--) bytes[random(bytes.length)] = random(256);
    const start = random(4) === 0 ? random(bytes.length) : 0;
    pieces.push(bytes.subarray(start, random(4) === 0 ? start + random(bytes.length - start) : bytes.length));
    if (random(8) === 0) pieces.push(random(20));
  }
  return pieces;
}

describe('the HTTP/1 parsers under mutated streams, in both directions', () => {
  it('never throw, end every request that they begin, and hold no memory afterwards', function () {
    this.timeout(600_000);
    fuzz('HTTP/1', (below, note) => {
      const pieces = mutated(below);
      note(JSON.stringify(pieces.map(String)));
      const fromStart = below(4) > 0;
      const { requests, parser } = parseRequests(pieces, { fromStart, close: true });
      parseResponses(pieces, ['GET', 'HEAD', 'POST'], { fromStart });
      if (requests.some(({ body }) => body === undefined)) throw new Error('a request without end');
      if (parser.retainedBytes > 40_000) throw new Error(`holds ${parser.retainedBytes} bytes`);
    });
  });
});
