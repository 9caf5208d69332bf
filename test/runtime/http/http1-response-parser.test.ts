import { expect } from 'chai';
import fc from 'fast-check';
import { parseResponses, split } from './recording.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const noContent = 'HTTP/1.1 204 No Content\r\n\r\n';

describe('the HTTP/1 response parser', () => {
  const conformance: { name: string; stream: string; methods: string[]; statuses: number[] }[] = [
    {
      name: 'a body of known length (RFC 9112 §6.2)',
      stream: ok + noContent,
      methods: ['GET', 'GET'],
      statuses: [200, 204],
    },
    {
      name: 'no body in answer to HEAD (§6.3 item 1)',
      stream: `HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${noContent}`,
      methods: ['HEAD', 'GET'],
      statuses: [200, 204],
    },
    {
      name: 'no body of 304 (§6.3 item 1)',
      stream: `HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n${ok}`,
      methods: ['GET', 'GET'],
      statuses: [304, 200],
    },
    {
      name: 'interim responses before the final one (RFC 9110 §15.2)',
      stream: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}`,
      methods: ['POST'],
      statuses: [100, 103, 200],
    },
    {
      name: 'a chunked body (§7.1)',
      stream: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n${noContent}`,
      methods: ['GET', 'GET'],
      statuses: [200, 204],
    },
    {
      name: 'a status line without reason phrase (§4)',
      stream: 'HTTP/1.0 201\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n',
      methods: ['GET', 'GET'],
      statuses: [201, 404],
    },
    {
      name: 'a body that the end of the connection ends (§6.3 item 8)',
      stream: `HTTP/1.0 200 OK\r\n\r\nbody\r\n${ok}`,
      methods: ['GET'],
      statuses: [200],
    },
  ];
  for (const { name, stream, methods, statuses } of conformance) {
    it(`reads ${name}`, () => {
      expect(parseResponses([stream], methods).statuses).to.deep.equal(statuses);
    });
    it(`reads ${name}, byte by byte`, () => {
      expect(parseResponses([...stream], methods).statuses).to.deep.equal(statuses);
    });
  }

  it('keeps the fields of a head', () => {
    const { heads } = parseResponses(
      ['HTTP/1.1 200 OK\r\nServer: x\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n'],
      ['GET'],
    );
    expect(Array.from(heads[0]?.fields ?? [], ({ name, value }) => `${name}=${value}`)).to.deep.equal([
      'Server=x',
      'Set-Cookie=a',
      'Set-Cookie=b',
    ]);
  });

  it('skips the missing part of a body of known length', () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n';
    const { events } = parseResponses([head, 'x'.repeat(16_000), 84_000, ok], ['GET', 'GET']);
    expect(events).to.deep.equal(['200', '200']);
  });

  it('skips a missing part inside one chunk', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\nabc';
    const { events } = parseResponses([head, 0x10000 - 3, '\r\n0\r\n\r\n', ok], ['GET', 'GET']);
    expect(events).to.deep.equal(['200', '200']);
  });

  it('goes on at the next status line after a chunked body whose end is missing', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc';
    const { events } = parseResponses([head, 70_000, ok], ['GET', 'GET']);
    expect(events).to.deep.equal(['200', 'loss gap', '200']);
  });

  it('takes no status line inside a lost body for a response while no request waits', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc';
    const { events } = parseResponses([head, 70_000, 'x\r\nHTTP/1.1 500 Quoted\r\n\r\n'], ['GET']);
    expect(events).to.deep.equal(['200', 'loss gap']);
  });

  it('reads a length however often and in whatever way it is told (§6.3 item 5)', () => {
    for (const field of ['5, 5', '005', '5\r\nContent-Length: 05', '\t5 ', '5,5\r\ncontent-length:5']) {
      const pieces = [`HTTP/1.1 201 Made\r\nContent-Length: ${field}\r\n\r\nHTTP/${ok}`];
      expect(parseResponses(pieces, ['GET', 'GET']).events, field).to.deep.equal(['201', '200']);
    }
    for (const field of ['5, 6', '+5', '5x', '', '9999999999999999', '5\r\nContent-Length: 6']) {
      const pieces = [`HTTP/1.1 201 Made\r\nContent-Length: ${field}\r\n\r\nHTTP/`];
      expect(parseResponses(pieces, ['GET']).events, field).to.deep.equal(['201', 'loss malformed']);
    }
  });

  describe('behind a chunked body that was left out', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const leftOut = {};

    it('goes on where the capture says that it ended', () => {
      const places = [undefined, leftOut, { chunksEnded: true }];
      const { events } = parseResponses([head, 70_000, ok], ['GET', 'GET'], { places });
      expect(events).to.deep.equal(['200', '200']);
    });

    it('searches when the capture does not know', () => {
      const { events } = parseResponses([head, 70_000, ok], ['GET', 'GET'], { places: [undefined, leftOut] });
      expect(events).to.deep.equal(['200', 'loss malformed', '200']);
    });

    it('takes no word for it of which a part was read here', () => {
      const places = [undefined, leftOut, { chunksEnded: true }];
      const { events } = parseResponses([`${head}5\r\nabc`, 70_000, ok], ['GET', 'GET'], { places });
      expect(events).to.deep.equal(['200', 'loss gap', '200']);
    });
  });

  it('goes on behind lost bytes when the capture says how many heads were in them', () => {
    const places = [undefined, undefined, { headsLost: 2 }];
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';
    const { events } = parseResponses([head, 70_000, ok], ['GET', 'GET', 'GET', 'GET'], { places });
    expect(events).to.deep.equal(['200', 'lost 2', '200']);
  });

  it('gives a stream up that does not start with a response', () => {
    expect(parseResponses(['SSH-2.0-OpenSSH_9.9\r\n'], []).events).to.deep.equal(['foreign']);
  });

  it('gives the same heads for every split of the stream', () => {
    const response = fc
      .record({
        status: fc.constantFrom(100, 200, 204, 304, 404, 503),
        method: fc.constantFrom('GET', 'HEAD', 'POST'),
        body: fc.string({ maxLength: 100 }),
        chunked: fc.boolean(),
      })
      .map(({ status, method, body, chunked }) => {
        const content = Buffer.from(body).toString('latin1');
        const empty = method === 'HEAD' || status < 200 || status === 204 || status === 304;
        const coding = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.length}`;
        const data = content === '' ? '' : `${content.length.toString(16)}\r\n${content}\r\n`;
        const coded = chunked ? `${data}0\r\n\r\n` : content;
        return { method, status, text: `HTTP/1.1 ${status} X\r\n${coding}\r\n\r\n${empty ? '' : coded}` };
      });
    fc.assert(
      fc.property(
        fc.array(response, { maxLength: 6 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        (responses, cuts) => {
          const stream = Buffer.from(responses.map(({ text }) => text).join(''), 'latin1');
          // An interim response answers the request that the next final one answers.
          const methods: string[] = [];
          responses.forEach(({ method, status }) => {
            if (status >= 200) methods.push(method);
          });
          const { statuses } = parseResponses(split(stream, cuts), methods);
          expect(statuses).to.deep.equal(responses.map(({ status }) => status));
        },
      ),
      { numRuns: 200 },
    );
  });
});
