import { expect } from 'chai';
import { toExchange } from '../../../../runtime/agent/exchange/assembled-exchange.ts';
import { ExchangeAssembler } from '../../../../runtime/agent/exchange/assembler.ts';
import { frameFlag, frameType } from '../../../../runtime/http/http2/frame-header.ts';
import { connectionPreface } from '../../../../runtime/http/http2/preface.ts';
import { type Exchange, Protocol } from '../../../../runtime/protocol/generated/mirror.ts';
import {
  block,
  clientStart,
  data,
  frame,
  headers,
  request,
  response,
  settings,
} from '../../http/http2/frames.ts';
import { answer, assemble, get, pairs, Script, startUs } from './events.ts';

const reset = (stream: number): Buffer => frame(frameType.resetStream, 0, stream, Buffer.alloc(4));

describe('the exchange assembler on HTTP/2', () => {
  it('makes one exchange of a request and its response, with the body', () => {
    const script = new Script(5);
    const fields = [
      [':method', 'POST'],
      [':scheme', 'https'],
      [':authority', 'api.example'],
      [':path', '/a?b=1'],
      ['content-type', 'text/plain'],
    ] as const;
    const { exchanges, assembler } = assemble(
      [
        script.open(),
        script.response(settings(), 'tls'),
        script.request(clientStart, 'tls'),
        script.request(Buffer.concat([headers(1, fields), data(1, 'bo')]), 'tls'),
        script.request(data(1, 'dy', true), 'tls'),
        script.response(
          headers(1, [
            [':status', '201'],
            ['server', 'x'],
          ]),
          'tls',
        ),
        script.gap('response', 9 + 100, 'not-copied', 'tls'),
      ],
      { workload: cgroupId => ({ namespace: 'shop', pod: `pod-${cgroupId}`, container: 'web' }) },
    );
    expect(exchanges).to.deep.equal([
      {
        connection: 5,
        timeUs: startUs + 300,
        durationUs: 200,
        client: { ip: '10.0.0.9', port: 40_000 },
        server: { ip: '10.0.0.1', port: 80 },
        tls: true,
        protocol: Protocol.HTTP_2,
        request: {
          method: 'POST',
          target: '/a?b=1',
          headers: [{ name: 'content-type', value: Buffer.from('text/plain') }],
          body: Buffer.from('body'),
          truncated: false,
          authority: 'api.example',
        },
        response: { status: 201, headers: [{ name: 'server', value: Buffer.from('x') }] },
        lostBytes: 0,
        process: { pid: 42, comm: 'nginx' },
        workload: { namespace: 'shop', pod: 'pod-7', container: 'web' },
      },
    ]);
    expect(assembler.counters.foreignConnections).to.equal(0);
  });

  it('gives each response to the request of its stream, whatever their order', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(Buffer.concat([clientStart, request(1, '/1'), request(3, '/3'), request(5, '/5')])),
      script.response(Buffer.concat([settings(), response(5, '205'), response(1, '103', false)])),
      script.response(Buffer.concat([response(3, '203'), response(1, '201')])),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /5 → 205', 'GET /3 → 203', 'GET /1 → 201']);
  });

  it('tells HTTP/2 from HTTP/1 in pieces of any size, behind a PROXY header too', () => {
    const bytes = Buffer.concat([clientStart, request(1, '/a'), request(3, '/b')]);
    for (const proxy of ['', 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n']) {
      for (let size = 1; size < 40; size++) {
        const script = new Script();
        const all = Buffer.concat([Buffer.from(proxy), bytes]);
        const events = [script.open()];
        for (let offset = 0; offset < all.length; offset += size)
          events.push(script.request(all.subarray(offset, offset + size)));
        events.push(script.response(Buffer.concat([settings(), response(1, '200'), response(3, '404')])));
        const { exchanges } = assemble(events);
        expect(pairs(exchanges), `pieces of ${size}`).to.deep.equal(['GET /a → 200', 'GET /b → 404']);
        if (proxy !== '') expect(exchanges[0]?.client).to.deep.equal({ ip: '192.0.2.7', port: 4711 });
      }
    }
  });

  it('takes a client that stops inside what could be the preface for none', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([script.open(), script.request('PR'), script.close()]);
    expect(exchanges).to.deep.equal([]);
    expect(assembler.retainedBytes).to.equal(0);
    const purge = new Script(2);
    const purged = assemble([
      purge.open(),
      purge.request('PRI'),
      purge.request('NT /a HTTP/1.1\r\n\r\n'),
      purge.response(answer(200)),
    ]);
    expect(pairs(purged.exchanges)).to.deep.equal(['PRINT /a → 200']);
  });

  it('reads both protocols on connections that are older than the agent', () => {
    const http1 = new Script(1);
    const http2 = new Script(2);
    const { exchanges } = assemble([
      http1.open({ fromStart: false }),
      http2.open({ fromStart: false }),
      http1.request('rest of a body\r\n'),
      http1.response('rest of its response\r\n'),
      http1.request(get('/old')),
      http1.response(answer(200)),
      http2.request(data(7, 'rest of an upload', true)),
      http2.response(response(7, '200')),
      http2.request(Buffer.concat([request(9, '/nine'), request(11, '/eleven')])),
      http2.response(Buffer.concat([response(11, '211'), response(9, '209')])),
      http1.request(get('/new')),
      http1.response(answer(201)),
    ]);
    const of = (connection: number): Exchange[] => exchanges.filter(one => one.connection === connection);
    expect(pairs(of(1)).at(-1)).to.equal('GET /new → 201');
    expect(pairs(of(2))).to.deep.equal(['GET /eleven → 211', 'GET /nine → 209']);
  });

  it('counts requests whose path was sent before the capture, and never guesses it', () => {
    const script = new Script();
    // Index 62 is the newest entry of a dynamic table that nobody saw being filled.
    const indexed = Buffer.concat([Buffer.from([0x82, 0x86, 0xbe]), block([['x-a', 'b']])]);
    const hidden = (stream: number): Buffer =>
      frame(frameType.headers, frameFlag.endHeaders | frameFlag.endStream, stream, indexed);
    const { exchanges, assembler } = assemble([
      script.open({ fromStart: false }),
      script.request(Buffer.concat([hidden(9), hidden(11), hidden(13)])),
      script.response(Buffer.concat([response(9, '200'), response(11, '200'), response(13, '200')])),
    ]);
    expect(exchanges).to.deep.equal([]);
    expect(assembler.counters.unknownRequests).to.equal(3);
  });

  it('emits what is reset or under way at the close, once', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(
        Buffer.concat([clientStart, request(1, '/reset', false), request(3, '/open', false), data(3, 'x')]),
      ),
      script.request(reset(1)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /reset → -', 'GET /open → -']);
    expect(exchanges.map(one => one.request?.truncated)).to.deep.equal([true, true]);
    expect(assembler.retainedBytes).to.equal(0);
  });

  it('keeps what the client had sent when the server answers early and resets the stream', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(Buffer.concat([clientStart, request(1, '/early', false), request(3, '/cut', false)])),
      script.response(Buffer.concat([response(1, '404'), reset(1), response(3, '413'), reset(3)])),
      script.request(Buffer.concat([data(1, 'ab'), data(3, 'x'), data(1, 'c', true)])),
      script.close(),
    ]);
    expect(
      exchanges.map(({ request, response }) => [
        response?.status,
        Buffer.from(request?.body ?? []).toString(),
        request?.truncated,
      ]),
    ).to.deep.equal([
      [404, 'abc', false],
      [413, 'x', true],
    ]);
  });

  it('waits for a response for 15 minutes, whatever other streams do', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(Buffer.concat([clientStart, request(1, '/report'), request(3, '/never')])),
      script.response(settings()),
    ]);
    assembler.expire(startUs + 890_000_000);
    expect(exchanges).to.deep.equal([]);
    assembler.push(script.response(response(1, '200')));
    assembler.expire(startUs + 901_000_000);
    expect(pairs(exchanges)).to.deep.equal(['GET /report → 200', 'GET /never → -']);
  });

  it('emits a stream that goes on in both directions after 60 s, once', () => {
    const exchanges: Exchange[] = [];
    const assembler = new ExchangeAssembler({ emit: exchange => exchanges.push(toExchange(exchange)) });
    const script = new Script();
    assembler.push(script.open());
    assembler.push(
      script.request(Buffer.concat([clientStart, request(1, '/chat', false), data(1, 'hello')])),
    );
    assembler.push(script.response(Buffer.concat([settings(), response(1, '200', false)])));
    assembler.expire(startUs + 1_000_000);
    expect(exchanges).to.have.lengthOf(0);
    assembler.expire(startUs + 62_000_000);
    expect(pairs(exchanges)).to.deep.equal(['GET /chat → 200']);
    expect(exchanges[0]?.request).to.deep.include({ body: Buffer.from('hello'), truncated: true });
    assembler.push(script.request(Buffer.concat([data(1, 'more', true), request(3, '/next')])));
    assembler.push(script.response(response(3, '200')));
    assembler.push(script.close());
    expect(pairs(exchanges)).to.deep.equal(['GET /chat → 200', 'GET /next → 200']);
  });

  it('follows 16 384 open streams of a connection; of more only the oldest lose their response, and are counted', () => {
    const count = 16_400;
    const script = new Script();
    const ids = Array.from({ length: count }, (_, index) => 2 * index + 1);
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(clientStart),
      script.response(settings()),
      script.request(Buffer.concat(ids.map(id => request(id, `/${id}`)))),
      script.response(Buffer.concat(ids.map(id => response(id, `${200 + (id % 7)}`)))),
    ]);
    const expected = ids.map((id, index) => `GET /${id} → ${index < 16 ? '-' : 200 + (id % 7)}`);
    expect(pairs(exchanges)).to.deep.equal(expected);
    expect(assembler.counters).to.deep.include({
      withoutResponse: 16,
      streamsEvicted: 16,
      orphanResponses: 16,
    });
  });

  it('stays with the right streams when frames are lost', () => {
    const script = new Script();
    const requests = [request(3, '/3'), request(5, '/5'), request(7, '/7'), request(9, '/9')];
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(Buffer.concat([clientStart, request(1, '/1')])),
      script.response(Buffer.concat([settings(), response(1, '201')])),
      script.gap('request', 120),
      script.request(Buffer.concat(requests)),
      script.response(
        Buffer.concat([response(9, '209'), response(3, '203'), response(7, '207'), response(5, '205')]),
      ),
    ]);
    expect(pairs(exchanges)).to.have.members([
      'GET /1 → 201',
      'GET /3 → 203',
      'GET /5 → 205',
      'GET /7 → 207',
      'GET /9 → 209',
    ]);
    expect(assembler.counters.losses.gap).to.equal(1);
  });

  it('goes on at once after lost response bytes where the programs say that a frame starts', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(Buffer.concat([clientStart, request(1, '/1'), request(3, '/3')])),
      script.response(settings()),
      script.gap('response', 40),
      // One frame, and more to come of the next: too little to find a boundary by looking.
      script.frames(Buffer.concat([response(3, '203'), data(3, 'abc').subarray(0, 10)])),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /3 → 203']);
    expect(assembler.counters.losses.gap).to.equal(1);
  });

  it('follows Upgrade: h2c, with the response to the request that asked for it (RFC 7540 §3.2)', () => {
    const script = new Script();
    const upgrade =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(get('/before')),
      script.response(answer(200)),
      script.request(`GET /ask HTTP/1.1\r\nHost: api.example\r\n${upgrade}\r\n`),
      script.response(
        Buffer.concat([
          Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'),
          settings(),
        ]),
      ),
      script.request(Buffer.concat([clientStart, request(3, '/then')])),
      script.response(Buffer.concat([response(1, '201'), response(3, '203')])),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /before → 200', 'GET /ask → 201', 'GET /then → 203']);
    expect(assembler.counters).to.deep.include({ orphanResponses: 0, foreignConnections: 0 });
  });

  it('counts a preface that nothing sensible follows, and holds nothing for it', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(Buffer.concat([connectionPreface, Buffer.alloc(5 * 1024 * 1024, 0xff)])),
    ]);
    expect(exchanges).to.deep.equal([]);
    expect(assembler.counters.foreignConnections).to.equal(1);
    expect(assembler.retainedBytes).to.be.at.most(1024);
  });
});
