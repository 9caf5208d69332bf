import { expect } from 'chai';
import type { CaptureEvent } from '../../../../runtime/agent/capture/event.ts';
import { frameType } from '../../../../runtime/http/http2/frame-header.ts';
import { clientStart, frame, request, response, settings } from '../../http/http2/frames.ts';
import { answer, assemble, get, pairs, Script } from './events.ts';

const last = (status: number): string =>
  `HTTP/1.1 ${status} X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

describe('requests that a server reads and does not process', () => {
  for (const [what, ending] of [
    ['"Connection: close"', last(200)],
    ['one of several options', 'HTTP/1.1 200 X\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 200 X\r\nContent-Length: 0\r\n\r\n'],
  ] as const)
    it(`are counted and not emitted behind a response that ends the connection: ${what}`, () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request(get('/1') + get('/2')),
        script.response(ending),
        script.request(get('/3')),
        script.close(),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200']);
      expect(assembler.counters).to.include({ exchanges: 1, withoutResponse: 0, unprocessedRequests: 2 });
    });

  for (const [what, first, status, head] of [
    ['"Connection: close" in the request', 'GET /1 HTTP/1.1\r\nConnection: x, Close\r\n\r\n', 200, ''],
    ['a request of HTTP/1.0', 'GET /1 HTTP/1.0\r\n\r\n', 200, ''],
    [
      'another protocol',
      'GET /1 HTTP/1.1\r\nUpgrade: x\r\n\r\n',
      101,
      'Connection: upgrade\r\nUpgrade: x\r\n',
    ],
    ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\n\r\n', 200, undefined],
  ] as const)
    it(`are those behind ${what}, which the answer need not repeat`, () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request(first + get('/2')),
        script.response(
          `HTTP/1.1 ${status} X\r\n${head ?? ''}${status === 101 || head === undefined ? '' : 'Content-Length: 0\r\n'}\r\n`,
        ),
        script.close(),
      ]);
      expect(exchanges.map(({ response }) => response?.status)).to.deep.equal([status]);
      expect(assembler.counters).to.include({ unprocessedRequests: 1, withoutResponse: 0 });
    });

  for (const head of ['GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', get('/1')])
    it(`are not those behind ${head.slice(7, 15)} that is to go on`, () => {
      const script = new Script();
      const { exchanges } = assemble([
        script.open(),
        script.request(head + get('/2')),
        script.response(answer(200)),
        script.close(),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /2 → -']);
    });

  it('are emitted without a response where the connection was to go on', () => {
    const script = new Script();
    const keepAlive = 'HTTP/1.0 200 X\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n';
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(get('/1') + get('/2')),
      script.response(keepAlive),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /2 → -']);
    expect(assembler.counters).to.include({ unprocessedRequests: 0 });
  });

  it('are processed when a response comes all the same', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(get('/1') + get('/2')),
      script.response(last(200) + answer(201)),
      script.request(get('/3')),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /2 → 201', 'GET /3 → -']);
  });

  it('are those that begin when the server has ended its stream; what came before was processed', () => {
    const script = new Script();
    const lingering = (event: CaptureEvent): CaptureEvent =>
      event.kind === 'data' ? { ...event, serverEnded: true } : event;
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(`${get('/1')}POST /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\na`),
      script.response(answer(200)),
      lingering(script.request(`b${get('/3')}`)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'POST /2 → -']);
    expect(exchanges[1]?.request?.body.toString()).to.equal('ab');
    expect(assembler.counters).to.include({ unprocessedRequests: 1 });
  });

  it('stand behind one that the server refused, and may have been found by searching', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(`${get('/1')}${get('/2')}no request\r\n\r\n${get('/3')}${get('/4')}`),
      script.response(answer(200)),
      script.response(answer(200)),
      script.response(last(400)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /2 → 200']);
    expect(assembler.counters).to.include({ unprocessedRequests: 2, orphanResponses: 1 });
  });

  it('keep the order of the stream when they come out without a response', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(`${get('/1')}${get('/2')}no request\r\n\r\n${get('/3')}`),
      script.response(answer(200)),
      script.response(answer(200)),
      script.response(answer(400)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /2 → 200', 'GET /3 → -']);
  });

  it('are the streams above the last one of the GOAWAY of an HTTP/2 server, also those that come later', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(Buffer.concat([clientStart, ...[1, 3, 5].map(id => request(id, `/${id}`))])),
      script.response(Buffer.concat([settings(), response(1, '200')])),
      script.response(frame(frameType.goAway, 0, 0, Buffer.concat([number(3), number(0)]))),
      script.request(request(7, '/7')),
      script.response(response(3, '200')),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /3 → 200']);
    expect(assembler.counters).to.include({ unprocessedRequests: 2, withoutResponse: 0 });
  });

  it('are the streams that an HTTP/2 server resets as refused, and no others', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(Buffer.concat([clientStart, request(1, '/1'), request(3, '/3')])),
      script.response(Buffer.concat([settings(), frame(frameType.resetStream, 0, 1, number(7))])),
      script.response(frame(frameType.resetStream, 0, 3, number(2))),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /3 → -']);
    expect(assembler.counters).to.include({ unprocessedRequests: 1 });
  });
});

describe('a response that comes before the head of its request is complete', () => {
  it('belongs to that request', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request('GET /long HTTP/1.1\r\nHost: a\r\nX: '),
      script.response(last(431)),
      script.request('x\r\n\r\n'),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /long → 431']);
    expect(assembler.counters).to.include({ orphanResponses: 0, withoutResponse: 0 });
  });

  it('belongs to it also when the rest never comes', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(get('/1')),
      script.response(answer(200)),
      script.request('GET /slow HTTP/1.1\r\nHost: a\r\n'),
      script.response(last(408)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /slow → 408']);
    expect(exchanges[1]?.request).to.include({ truncated: true });
  });

  it('belongs to no other one when the request cannot be read', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(`GET /${'a'.repeat(20_000)}`),
      script.response('HTTP/1.1 414 X\r\nContent-Length: 0\r\n\r\n'),
      script.request(`${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n${get('/next')}`),
      script.response(answer(200)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /next → -']);
    expect(assembler.counters).to.include({ orphanResponses: 2 });
  });

  it('of a request that could not be read is not taken for that of the next one', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(`GET /${'a'.repeat(40_000)} HTTP/1.1\r\n\r\n${get('/next')}`),
      script.response(answer(414)),
      script.response(answer(200)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /next → -']);
  });
});
