import { expect } from 'chai';
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

/** mulberry32: small, seeded, so that a failure can be repeated. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function mutated(random: (below: number) => number): (Buffer | number)[] {
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

describe('the HTTP/1 parsers under 100 000 mutated streams for each direction', () => {
  it('never throw, end every request that they begin, and hold no memory afterwards', function () {
    this.timeout(60_000);
    const seed = Date.now() >>> 0;
    const random = randomNumbers(seed);
    for (let run = 0; run < 100_000; run++) {
      const pieces = mutated(random);
      const fromStart = random(4) > 0;
      const where = `seed ${seed}, run ${run}: ${JSON.stringify(pieces.map(String))}`;
      let seen: ReturnType<typeof parseRequests>;
      try {
        seen = parseRequests(pieces, { fromStart, close: true });
        parseResponses(pieces, ['GET', 'HEAD', 'POST'], { fromStart });
      } catch (error) {
        throw new Error(where, { cause: error });
      }
      for (const request of seen.requests) if (request.body === undefined) expect.fail(`no end: ${where}`);
      if (seen.parser.retainedBytes > 40_000) expect.fail(`holds ${seen.parser.retainedBytes}: ${where}`);
    }
  });
});
