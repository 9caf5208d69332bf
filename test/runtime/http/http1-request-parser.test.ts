import assert from 'node:assert/strict';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseRequests, split } from './recording.ts';

interface Case {
  name: string;
  stream: string;
  requests: Record<string, unknown>[];
  events?: string[];
}

const conformance: Case[] = [
  {
    name: 'a request line with fields (RFC 9112 §3, §5)',
    stream: 'GET /a?b=c HTTP/1.1\r\nHost: example\r\nX-Empty:\r\nX-Pad: \t v \t\r\n\r\n',
    requests: [
      {
        method: 'GET',
        target: '/a?b=c',
        minorVersion: 1,
        headers: [
          ['Host', 'example'],
          ['X-Empty', ''],
          ['X-Pad', 'v'],
        ],
        body: '',
        truncated: false,
        complete: true,
      },
    ],
  },
  {
    name: 'empty lines before the request line (§2.2)',
    stream: '\r\n\r\nGET / HTTP/1.0\r\n\r\n',
    requests: [{ target: '/', minorVersion: 0 }],
  },
  {
    name: 'bare line feeds as line ends (§2.2)',
    stream: 'POST / HTTP/1.1\nContent-Length: 2\n\nhiGET /next HTTP/1.1\n\n',
    requests: [{ body: 'hi' }, { target: '/next' }],
  },
  {
    name: 'obsolete line folding as spaces (§5.2)',
    stream: 'GET / HTTP/1.1\r\nX: a\r\n  b\r\n\tc\r\nY: d\r\n\r\n',
    requests: [
      {
        headers: [
          ['X', 'a    b  \tc'],
          ['Y', 'd'],
        ],
      },
    ],
  },
  {
    name: 'raw octets in values and the target',
    stream: 'GET /\xe9 HTTP/1.1\r\nX: \xff\x80\r\n\r\n',
    requests: [{ target: '/%E9', headers: [['X', '\xff\x80']] }],
  },
  {
    name: 'a replacement character as sent, not for an octet that is no UTF-8',
    stream: Buffer.from('GET /\ufffd HTTP/1.1\r\n\r\n').toString('latin1'),
    requests: [{ target: '/\ufffd' }],
  },
  {
    name: 'white space inside the target as sent',
    stream: 'GET /a b HTTP/1.1\r\n\r\n',
    requests: [{ target: '/a b' }],
  },
  {
    name: 'a body of known length, then the next request (§6.2)',
    stream: 'PUT /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n\r\n',
    requests: [
      { method: 'PUT', body: 'hello' },
      { method: 'GET', body: '' },
    ],
  },
  {
    name: 'identical lengths as one (§6.3 item 5)',
    stream: 'PUT / HTTP/1.1\r\nContent-Length: 3, 3\r\nContent-Length: 3\r\n\r\nabc',
    requests: [{ body: 'abc', truncated: false }],
  },
  {
    name: 'chunked content with extensions and trailers (§7.1)',
    stream:
      'POST / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n' +
      '5;a="b"\r\nhello\r\n00006 \r\n world\r\n0\r\nX-Sum: 1\r\n\r\nGET /n HTTP/1.1\r\n\r\n',
    requests: [{ body: 'hello world', truncated: false }, { target: '/n' }],
  },
  {
    name: 'chunked before a length that contradicts it (§6.3 item 3)',
    stream: 'POST / HTTP/1.1\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n',
    requests: [{ body: 'z', truncated: false }],
  },
  {
    name: 'a length field with white space before its colon as no framing field (§5.1)',
    stream: 'GET / HTTP/1.1\r\nContent-Length : 5\r\n\r\nGET /n HTTP/1.1\r\n\r\n',
    requests: [{ target: '/' }, { target: '/n' }],
  },
  {
    name: 'lengths that contradict each other as a loss',
    stream: 'POST /1 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxyGET /2 HTTP/1.1\r\n\r\n',
    requests: [
      { target: '/1', truncated: true },
      { target: '/2', truncated: false },
    ],
    events: ['head', 'end', 'loss malformed', 'head', 'end'],
  },
  {
    name: 'transfer coding without final chunked as a loss (§6.3 item 4)',
    stream: 'POST /1 HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nxx\r\nGET /2 HTTP/1.1\r\n\r\n',
    requests: [{ target: '/1', truncated: true }, { target: '/2' }],
    events: ['head', 'end', 'loss malformed', 'head', 'end'],
  },
  {
    name: 'a broken chunk size as the end of what can be known',
    stream: 'POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nZZ\r\nGET /2 HTTP/1.1\r\n\r\n',
    requests: [{ body: 'abc', truncated: true }, { target: '/2' }],
    events: ['head', 'end', 'loss malformed', 'head', 'end'],
  },
  {
    name: 'a chunk size beyond 2^53 as malformed (§7.1)',
    stream: 'POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n',
    requests: [{ truncated: true }],
    events: ['head', 'end', 'loss malformed'],
  },
  {
    name: 'the HTTP/2 preface as foreign',
    stream: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    requests: [],
    events: ['foreign http2'],
  },
  {
    name: 'a TLS record as foreign',
    stream: '\x16\x03\x01\x02\x00\x01\x00',
    requests: [],
    events: ['foreign other'],
  },
  {
    name: 'another line protocol as foreign',
    stream: 'EHLO example\r\n',
    requests: [],
    events: ['foreign other'],
  },
  {
    name: 'another protocol that looks like HTTP as foreign',
    stream: 'OPTIONS * RTSP/1.0\r\n\r\n',
    requests: [],
    events: ['foreign other'],
  },
];

function expectCase({ requests, events }: ReturnType<typeof parseRequests>, wanted: Case): void {
  expect(requests).to.have.lengthOf(wanted.requests.length);
  for (const [index, part] of wanted.requests.entries()) expect(requests[index]).to.deep.include(part);
  if (wanted.events !== undefined) expect(events).to.deep.equal(wanted.events);
}

describe('the HTTP/1 request parser', () => {
  for (const entry of conformance) {
    const stream = Buffer.from(entry.stream, 'latin1');
    it(`reads ${entry.name}`, () => expectCase(parseRequests([stream]), entry));
    it(`reads ${entry.name}, byte by byte`, () => {
      const bytes = [...stream].map(byte => Buffer.from([byte]));
      expectCase(parseRequests(bytes), entry);
    });
  }

  it('keeps a body up to its cap, says so and stays in step', () => {
    const { requests } = parseRequests(
      ['POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n01234', '56789GET /n HTTP/1.1\r\n\r\n'],
      { bodyBytes: 4 },
    );
    expect(requests[0]).to.deep.include({ body: '0123', truncated: true, lostBytes: 0 });
    expect(requests[1]).to.deep.include({ target: '/n', truncated: false });
  });

  it('keeps 200 fields and takes framing from all of them', () => {
    const fields = Array.from({ length: 300 }, (_, index) => `X-${index}: v\r\n`).join('');
    const { requests } = parseRequests([
      `PUT / HTTP/1.1\r\n${fields}Content-Length: 1\r\n\r\nbGET /n HTTP/1.1\r\n\r\n`,
    ]);
    expect(requests[0]?.headers).to.have.lengthOf(200);
    expect(requests.map(({ body }) => body)).to.deep.equal(['b', '']);
  });

  it('reads over chunk extensions as long as servers take them', () => {
    const chunks = `5;${'x'.repeat(20_000)}\r\nabcde\r\n0\r\n\r\n`;
    const stream = Buffer.from(
      `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}GET /n HTTP/1.1\r\n\r\n`,
    );
    for (const pieces of [[stream], split(stream, [0.1, 0.5, 0.9])]) {
      const { requests } = parseRequests(pieces);
      expect(requests[0]).to.deep.include({ body: 'abcde', truncated: false });
      expect(requests[1]?.target).to.equal('/n');
    }
  });

  for (const [line, minorVersion] of [
    ['GET /a HTTP/1.10', 1],
    ['GET /a HTTP/1.01', 1],
    ['GET /a HTTP/01.1', 1],
    ['GET /a HTTP/2.0', 1],
    ['GET /a HTTP/1.00', 0],
    ['GET /a HTTP/0.9', 0],
    ['GET /a http/1.1', 1],
    ['GET /a HTTP/1.1\r', 1],
    ['GET\t/a\tHTTP/1.1', 1],
    ['\t GET \t/a HTTP/1.1', 1],
  ] as const)
    it(`reads ${JSON.stringify(line)}, which some servers answer`, () => {
      for (const cuts of [[], [0.01, 0.1, 0.4, 0.6]]) {
        const stream = Buffer.from(`${line}\r\nHost: a\r\n\r\nGET /n HTTP/1.1\r\n\r\n`);
        const { requests, events } = parseRequests(split(stream, cuts));
        expect(requests[0]).to.deep.include({ method: 'GET', target: '/a', minorVersion });
        expect(requests[0]?.headers).to.deep.equal([['Host', 'a']]);
        expect(requests[1]?.target).to.equal('/n');
        expect(events).to.deep.equal(['head', 'end', 'head', 'end']);
      }
    });

  for (const line of [
    'GET /a',
    'GET /a HTTP/1.',
    'GET /aHTTP/1.10',
    'GET HTTP/1.10',
    `GET /a HTTP/1.${'0'.repeat(40)}`,
    'GET /a HTTP/1.1 b',
    'GET /a RTSP/1.0',
    'G{T /a HTTP/1.1',
    '\x01',
    ' ',
  ])
    it(`finds what stands behind ${JSON.stringify(line)}, if the connection may be HTTP`, () => {
      for (const cuts of [[], [0.01, 0.1, 0.4, 0.6]]) {
        const stream = Buffer.from(`${line}\r\nHost: a\r\n\r\nGET /n HTTP/1.1\r\n\r\n`);
        const { requests, events } = parseRequests(split(stream, cuts), { mayBeHttp: true });
        expect(requests.map(({ target }) => target)).to.deep.equal(['/n']);
        expect(events).to.deep.equal(['loss malformed', 'head', 'end']);
        expect(parseRequests(split(stream, cuts)).events).to.deep.equal(['foreign other']);
      }
    });

  it('reads a method as long as a start line may be', () => {
    const method = 'M'.repeat(32 * 1024 - ' /a HTTP/1.1'.length);
    const stream = Buffer.from(`${method} /a HTTP/1.1\r\n\r\nGET /n HTTP/1.1\r\n\r\n`);
    for (const pieces of [[stream], split(stream, [0.001, 0.1, 0.5, 0.9])]) {
      const { requests } = parseRequests(pieces);
      expect(requests.map(request => request.method)).to.deep.equal([method, 'GET']);
    }
  });

  it('reads a start line of 32 KiB', () => {
    const target = `/${'x'.repeat(32 * 1024 - 'GET / HTTP/1.1'.length)}`;
    const stream = Buffer.from(`GET ${target} HTTP/1.1\r\n\r\nGET /n HTTP/1.1\r\n\r\n`);
    for (const pieces of [[stream], split(stream, [0.1, 0.5, 0.9])]) {
      const { requests } = parseRequests(pieces);
      expect(requests.map(request => request.target)).to.deep.equal([target, '/n']);
    }
  });

  it('gives up a start line beyond 32 KiB and finds the next request', () => {
    const stream = Buffer.from(`GET /${'x'.repeat(40_000)} HTTP/1.1\r\n\r\nGET /n HTTP/1.1\r\n\r\n`);
    for (const pieces of [[stream], split(stream, [0.1, 0.5, 0.9])]) {
      const { requests, events } = parseRequests(pieces);
      expect(events[0]).to.equal('loss too-large');
      expect(requests.map(({ target }) => target)).to.deep.equal(['/n']);
    }
  });

  it('gives up a head beyond 64 KiB with what its first lines said, and finds the next request', () => {
    const stream = Buffer.from(
      `GET /big HTTP/1.1\r\nX: ${'y'.repeat(70_000)}\r\n\r\nGET /n HTTP/1.1\r\n\r\n`,
    );
    for (const pieces of [[stream], split(stream, [0.2, 0.8])]) {
      const { requests, events } = parseRequests(pieces);
      expect(events).to.deep.equal(['head', 'end', 'loss too-large', 'head', 'end']);
      expect(requests[0]).to.deep.include({ target: '/big', complete: false, truncated: true });
      expect(requests[1]?.target).to.equal('/n');
    }
  });

  it('skips a gap inside a body of known length and counts it', () => {
    const { requests, events } = parseRequests([
      'POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab',
      5,
      'xyzGET /n HTTP/1.1\r\n\r\n',
    ]);
    expect(events).to.deep.equal(['head', 'end', 'head', 'end']);
    expect(requests[0]).to.deep.include({ body: 'ab', truncated: true, lostBytes: 5 });
    expect(requests[1]).to.deep.include({ target: '/n', lostBytes: 0 });
  });

  it('skips a gap inside one chunk and stays in step', () => {
    const { requests } = parseRequests([
      'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\na\r\nab',
      5,
      'xyz\r\n0\r\n\r\nGET /n HTTP/1.1\r\n\r\n',
    ]);
    expect(requests.map(({ body, lostBytes }) => [body, lostBytes])).to.deep.equal([
      ['ab', 5],
      ['', 0],
    ]);
  });

  it('finds the next request after a gap that runs over the end of a body', () => {
    const { requests, events } = parseRequests([
      'POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab',
      50,
      '"json"}GET /n?x=1 HTTP/1.1\r\nHost: h\r\n\r\n',
    ]);
    expect(events).to.deep.equal(['head', 'end', 'loss gap', 'head', 'end']);
    expect(requests[0]).to.deep.include({ body: 'ab', truncated: true, lostBytes: 50 });
    expect(requests[1]).to.deep.include({ method: 'GET', target: '/n?x=1' });
  });

  it('reports a head cut by a gap with the fields that came', () => {
    const { requests, events } = parseRequests([
      'GET /cut HTTP/1.1\r\nHost: h\r\nCoo',
      7,
      'x\r\n\r\n',
      'GET /n HTTP/1.1\r\n\r\n',
    ]);
    expect(events).to.deep.equal(['head', 'end', 'loss gap', 'head', 'end']);
    expect(requests[0]).to.deep.include({
      target: '/cut',
      headers: [['Host', 'h']],
      complete: false,
      lostBytes: 7,
    });
    expect(requests[1]?.target).to.equal('/n');
  });

  it('starts at the first request line of a stream joined in the middle', () => {
    const { requests } = parseRequests(['...tail of a body\r\nPATCH /n HTTP/1.1\r\n\r\n'], {
      fromStart: false,
    });
    expect(requests.map(({ method, target }) => [method, target])).to.deep.equal([['PATCH', '/n']]);
  });

  it('reports an unfinished body at the end of the connection', () => {
    const { requests } = parseRequests(['POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab'], { close: true });
    expect(requests[0]).to.deep.include({ body: 'ab', truncated: true });
  });

  it('gives up searching a stream without requests after 4 MiB and holds nothing', () => {
    const noise = Buffer.alloc(512 * 1024, 'no request here\n');
    const { events, parser } = parseRequests(Array(9).fill(noise), { fromStart: false });
    expect(events).to.deep.equal(['foreign other']);
    expect(parser.retainedBytes).to.be.lessThan(1024);
  });

  it('holds at most one head and one body, however small the pieces', () => {
    const { parser } = parseRequests(['POST / HTTP/1.1\r\nContent-Length: 999999\r\n\r\n'], {
      bodyBytes: 65_536,
    });
    for (let index = 0; index < 100_000; index++) parser.push(Buffer.from('x'), 1);
    expect(parser.retainedBytes).to.be.at.most(65_536);
  });

  it('takes time linear in hostile heads', () => {
    const before = process.cpuUsage();
    parseRequests([`GET / HTTP/1.1\r\na:${'\r\n '.repeat(20_000)}\r\n\r\n`]);
    parseRequests(Array(2000).fill('GET / HTTP/1.1\r\n\r\nX\n'));
    parseRequests([Buffer.from('GET / HTTP/1.1\r\n\r\nX\n'.repeat(20_000))]);
    // Quadratic work takes minutes; processor time does not depend on what else runs.
    const { user, system } = process.cpuUsage(before);
    expect(user + system).to.be.lessThan(20_000_000);
  });

  it('gives the same messages for every split of the stream', () => {
    const token = fc.string({ unit: fc.constantFrom(...'abYZ09-'), minLength: 1, maxLength: 12 });
    const text = fc.string({ unit: fc.constantFrom(...'abc/ =;:\t,\xff'), maxLength: 20 });
    const message = fc
      .record({
        method: fc.constantFrom('GET', 'POST', 'M-SEARCH'),
        path: fc.string({ unit: fc.constantFrom(...'ab/?=%&.~'), maxLength: 20 }),
        fields: fc.array(fc.tuple(token, text), { maxLength: 6 }),
        body: fc.string({ maxLength: 200 }),
        framing: fc.constantFrom('none', 'length', 'chunked', 'faulty', 'broken-chunk'),
        lineEnd: fc.constantFrom('\r\n', '\n'),
      })
      .map(({ method, path, fields, body, framing, lineEnd }) => {
        const content = Buffer.from(body).toString('latin1');
        const all = fields.map(([name, value]) => `x-${name}:${value}`);
        let tail = '';
        if (framing === 'length') {
          all.push(`content-length: ${content.length}`);
          tail = content;
        } else if (framing === 'faulty') {
          all.push('content-length: x');
          tail = `${content}\n`;
        } else if (framing !== 'none') {
          all.push('transfer-encoding: chunked');
          const half = content.length >> 1;
          for (const part of [content.slice(0, half), content.slice(half)]) {
            if (part !== '') tail += `${part.length.toString(16)};x=y${lineEnd}${part}${lineEnd}`;
          }
          tail += framing === 'chunked' ? `0${lineEnd}t: 1${lineEnd}${lineEnd}` : `nonsense${lineEnd}`;
        }
        return [`${method} /${path} HTTP/1.1`, ...all, '', ''].join(lineEnd) + tail;
      });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        (messages, cuts) => {
          const stream = Buffer.from(messages.join(''), 'latin1');
          const whole = parseRequests([stream], { bodyBytes: 64, close: true });
          const pieces = parseRequests(split(stream, cuts), { bodyBytes: 64, close: true });
          assert.deepEqual(pieces.requests, whole.requests);
          assert.deepEqual(pieces.events, whole.events);
        },
      ),
      { numRuns: 400 },
    );
  });
});
