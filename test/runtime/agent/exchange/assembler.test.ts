import { expect } from 'chai';
import fc from 'fast-check';
import type { CaptureEvent } from '../../../../runtime/agent/capture/event.ts';
import { ExchangeAssembler } from '../../../../runtime/agent/exchange/assembler.ts';
import { Protocol } from '../../../../runtime/protocol/generated/mirror.ts';
import { answer, assemble, get, pairs, Script, startUs } from './events.ts';

const chunkedHead = 'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('the exchange assembler', () => {
  it('makes one exchange of a request and its response', () => {
    const script = new Script(77);
    const { exchanges } = assemble(
      [
        script.open(),
        script.request('POST /a?b=1 HTTP/1.1\r\nHost: api.example\r\nContent-Length: 4\r\n\r\n'),
        script.request('body'),
        script.response('HTTP/1.1 201 Created\r\nServer: x\r\nContent-Length: 2\r\n\r\nok'),
      ],
      { workload: cgroupId => ({ namespace: 'shop', pod: `pod-${cgroupId}`, container: 'web' }) },
    );
    expect(exchanges).to.deep.equal([
      {
        connection: 77,
        timeUs: startUs + 100,
        durationUs: 200,
        client: { ip: '10.0.0.9', port: 40_000 },
        server: { ip: '10.0.0.1', port: 80 },
        tls: false,
        protocol: Protocol.HTTP_1_1,
        request: {
          method: 'POST',
          target: '/a?b=1',
          headers: [
            { name: 'Host', value: Buffer.from('api.example') },
            { name: 'Content-Length', value: Buffer.from('4') },
          ],
          body: Buffer.from('body'),
          truncated: false,
          authority: 'api.example',
        },
        response: {
          status: 201,
          headers: [
            { name: 'Server', value: Buffer.from('x') },
            { name: 'Content-Length', value: Buffer.from('2') },
          ],
        },
        lostBytes: 0,
        process: { pid: 42, comm: 'nginx' },
        workload: { namespace: 'shop', pod: 'pod-7', container: 'web' },
      },
    ]);
  });

  it('pairs keep-alive and pipelined requests in order', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(get('/1')),
      script.response(answer(200, 'one')),
      script.request(get('/2') + get('/3') + get('/4')),
      script.response(answer(404) + answer(500, 'x')),
      script.response(answer(204)),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /2 → 404', 'GET /3 → 500', 'GET /4 → 204']);
  });

  it('waits for the final response after interim ones, and for the rest of a request answered early', () => {
    const script = new Script();
    const post = 'POST /u HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n';
    const { exchanges } = assemble([
      script.open(),
      script.request(post),
      script.response('HTTP/1.1 100 Continue\r\n\r\n'),
      script.request('abc'),
      script.response(answer(413)),
      script.request('def'),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['POST /u → 413']);
    expect(exchanges[0]?.request?.body.toString()).to.equal('abcdef');
  });

  it('knows that a response to HEAD has no body', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request('HEAD /h HTTP/1.1\r\n\r\n'),
      script.response('HTTP/1.1 200 X\r\nContent-Length: 500\r\n\r\n'),
      script.request(get('/2')),
      script.response(answer(204)),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['HEAD /h → 200', 'GET /2 → 204']);
  });

  it('stops reading after a switch of protocols', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request('GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n'),
      script.response('HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello'),
      script.request(get('/inside-a-frame')),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /ws → 101']);
    expect(assembler.counters.foreignConnections).to.equal(0);
  });

  describe('with a PROXY header', () => {
    it('takes the client from it, also when it comes in pieces', () => {
      const header = 'PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\n';
      for (const cut of [0, 3, 20, header.length]) {
        const script = new Script();
        const { exchanges } = assemble([
          script.open(),
          script.request(header.slice(0, cut)),
          script.request(header.slice(cut) + get('/p')),
          script.response(answer(200)),
        ]);
        expect(exchanges[0]?.client).to.deep.equal({ ip: '192.0.2.7', port: 1234 });
        expect(pairs(exchanges)).to.deep.equal(['GET /p → 200']);
      }
    });

    it('takes the client from one of 64 KiB, in any pieces, also when fields of it are missing', () => {
      const start = Buffer.from(
        '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\0\xc0\0\x02\x07\xc0\0\x02\x08\x04\xd2\0P',
        'latin1',
      );
      const reasons = ['ring-full', 'not-copied', 'copy-fault', 'unseen'] as const;
      const piece = fc.record({
        bytes: fc.integer({ min: 1, max: 9_000 }),
        missing: fc.constantFrom(undefined, ...reasons),
      });
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 65_535 - 12 }),
          fc.array(piece, { maxLength: 40 }),
          fc.boolean(),
          (fieldBytes, pieces, tls) => {
            start.writeUInt16BE(12 + fieldBytes, 14);
            const fields = Buffer.alloc(fieldBytes, get('/fields'));
            const all = Buffer.concat([
              start,
              fields,
              Buffer.from(tls ? '\x16\x03\x01\x00\x05hello' : get('/p'), 'latin1'),
            ]);
            const headerEnd = start.length + fieldBytes;
            const script = new Script();
            const events = [script.open()];
            let at = 0;
            for (const { bytes, missing } of pieces) {
              const end = Math.min(at + bytes, all.length);
              if (missing !== undefined && at >= start.length && end <= headerEnd)
                events.push(script.gap('request', end - at, missing));
              else events.push(script.request(all.subarray(at, end)));
              at = end;
            }
            events.push(script.request(all.subarray(at)));
            if (tls) events.push(script.request(get('/p'), 'tls'));
            events.push(script.response(answer(200), tls ? 'tls' : 'socket'));
            const { exchanges, assembler } = assemble(events);
            expect(pairs(exchanges)).to.deep.equal(['GET /p → 200']);
            expect(exchanges[0]).to.deep.include({
              tls,
              lostBytes: 0,
              client: { ip: '192.0.2.7', port: 1234 },
            });
            expect(assembler.counters).to.deep.include({ invalidProxyHeaders: 0, foreignConnections: 0 });
            expect(assembler.retainedBytes).to.be.below(32_768);
          },
        ),
      );
    });

    it('takes the client from it in front of TLS', () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request('PROXY TCP4 192.0.2.7 192.0.2.8 1234 443\r\n'),
        script.request('\x16\x03\x01\x00\x05hello'),
        script.request(get('/t'), 'tls'),
        script.response('\x17\x03\x03\x00\x01z'),
        script.response(answer(200), 'tls'),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /t → 200']);
      expect(exchanges[0]).to.deep.include({ tls: true, client: { ip: '192.0.2.7', port: 1234 } });
      expect(assembler.counters.foreignConnections).to.equal(0);
    });

    it('counts one that is not valid', () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([script.open(), script.request('PROXY nonsense\r\n\r\n')]);
      expect(exchanges).to.deep.equal([]);
      expect(assembler.counters.invalidProxyHeaders).to.equal(1);
    });
  });

  it('ignores the ciphertext on the socket once the TLS library speaks', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.gap('request', 517, 'not-copied'),
      script.gap('response', 3000, 'not-copied'),
      script.request(get('/1'), 'tls'),
      script.request('\x17\x03\x03'),
      script.response(answer(200), 'tls'),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200']);
  });

  describe('when response bodies are left out', () => {
    it('stays in step over bodies of known and unknown length', () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request(get('/length')),
        script.response('HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\nsome'),
        script.gap('response', 99_996, 'not-copied'),
        script.request(get('/chunked')),
        script.response(`${chunkedHead}ffff\r\nsome`),
        script.gap('response', 200_000, 'not-copied'),
        script.request(get('/next')),
        script.response(answer(204)),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /length → 200', 'GET /chunked → 200', 'GET /next → 204']);
      expect(exchanges.map(({ lostBytes }) => lostBytes)).to.deep.equal([0, 0, 0]);
      expect(assembler.counters.losses).to.deep.equal({ gap: 0, malformed: 0, 'too-large': 0 });
    });
  });

  describe('after a loss', () => {
    it('never gives a response to the wrong request', () => {
      const script = new Script();
      const { exchanges } = assemble([
        script.open(),
        script.request(get('/1')),
        script.gap('response', 90),
        script.request(get('/2')),
        script.response(answer(202)),
        script.request(get('/3')),
        script.response(answer(203)),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /1 → -', 'GET /2 → 202', 'GET /3 → 203']);
      expect(exchanges[0]?.lostBytes).to.equal(90);
    });

    it('does not take the response to a lost request for that of the next one', () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request(get('/1')),
        script.response(answer(201)),
        script.gap('request', 100),
        script.response(answer(500)),
        script.request(get('/3')),
        script.response(answer(203)),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /1 → 201', 'GET /3 → 203']);
      expect(assembler.counters.orphanResponses).to.equal(1);
      expect(assembler.counters.losses.gap).to.equal(1);
    });

    it('notices missing bytes that no gap event tells of', () => {
      const script = new Script();
      const events = [script.open(), script.request('POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab')];
      script.silent('request', 5);
      events.push(script.request('xyz'), script.response(answer(200)));
      const { exchanges } = assemble(events);
      expect(pairs(exchanges)).to.deep.equal(['POST / → 200']);
      expect(exchanges[0]?.request).to.deep.include({ truncated: true, body: Buffer.from('ab') });
      expect(exchanges[0]?.lostBytes).to.equal(5);
    });

    it('gives up pairing where requests were pipelined, and still reports them', () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request(get('/1') + get('/2') + get('/3')),
        script.response(answer(200)),
        script.gap('response', 50),
        script.response(answer(203)),
        script.request(get('/4')),
        script.response(answer(204)),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /2 → -', 'GET /3 → -', 'GET /4 → -']);
      expect(assembler.counters.pairingGivenUp).to.equal(1);
    });
  });

  it('reads a connection that is older than the agent from its next request on', () => {
    const script = new Script();
    script.silent('request', 1000);
    script.silent('response', 5000);
    const { exchanges } = assemble([
      script.open({ fromStart: false }),
      script.response('tail of an older body\r\n'),
      script.request(`tail of an older request\r\n${get('/n')}`),
      script.response(answer(200)),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /n → 200']);
  });

  describe('on a connection that is older than the agent and may carry something else', () => {
    const line = (index: number): string => `SET a GET /redis/${index} HTTP/1.1\r\nHost: a\r\n\r\n`;

    it('emits nothing of what only looks like requests, and counts it', () => {
      for (const reply of ['', '+OK\r\n']) {
        const script = new Script();
        const events = [script.open({ fromStart: false }), script.request('hello\r\n')];
        for (let index = 0; index < 5; index++) {
          events.push(script.request(line(index)));
          if (reply !== '') events.push(script.gap('response', reply.length, 'not-copied'));
        }
        const { exchanges, assembler } = assemble([...events, script.close()]);
        expect(exchanges).to.deep.equal([]);
        expect(assembler.counters).to.deep.include({ exchanges: 0, unprovenRequests: 5 });
        expect(assembler.retainedBytes).to.equal(0);
      }
    });

    it('emits what was found, in order, when a response begins, whole or in pieces', () => {
      for (const pieces of [[answer(200)], ['HT', 'TP/1.', answer(200).slice(7)]]) {
        const script = new Script();
        const { exchanges, assembler } = assemble([
          script.open({ fromStart: false }),
          script.request(`tail\r\n${get('/unanswered')}`),
          script.request(get('/slow')),
        ]);
        assembler.expire(startUs + 5 * 3600 * 1e6);
        expect(exchanges).to.deep.equal([]);
        for (const piece of pieces) assembler.push(script.response(piece));
        assembler.push(script.request(get('/next')));
        assembler.push(script.response(answer(201)));
        assembler.close();
        expect(pairs(exchanges).map(pair => pair.split(' → ')[0])).to.deep.equal([
          'GET /unanswered',
          'GET /slow',
          'GET /next',
        ]);
        expect(assembler.counters).to.deep.include({ unprovenRequests: 0, foreignConnections: 0 });
      }
    });

    it('gives up a connection without one response to a thousand', () => {
      const script = new Script();
      const events = [script.open({ fromStart: false })];
      for (let index = 0; index < 3000; index++) events.push(script.request(line(index)));
      const { exchanges, assembler } = assemble(events);
      expect(assembler.retainedBytes).to.be.lessThan(2 * 1024 * 1024);
      assembler.close();
      expect(exchanges).to.deep.equal([]);
      expect(assembler.counters.unprovenRequests).to.be.within(1024, 3000);
    });
  });

  it('waits for a response for 15 minutes: a long poll keeps its own', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([script.open(), script.request(get('/poll'))]);
    assembler.expire(startUs + 890_000_000);
    expect(exchanges).to.deep.equal([]);
    assembler.push(script.response(answer(204)));
    expect(pairs(exchanges)).to.deep.equal(['GET /poll → 204']);
  });

  it('emits a request without response after 15 minutes, once, and does not mistake the late response', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([script.open(), script.request(get('/slow'))]);
    assembler.expire(startUs + 900_000_000);
    expect(pairs(exchanges)).to.deep.equal([]);
    assembler.expire(startUs + 900_000_101);
    assembler.expire(startUs + 910_000_000);
    expect(pairs(exchanges)).to.deep.equal(['GET /slow → -']);
    for (const event of [
      script.request(get('/2')),
      script.response(answer(200)),
      script.response(answer(202)),
    ]) {
      assembler.push(event);
    }
    expect(pairs(exchanges)).to.deep.equal(['GET /slow → -', 'GET /2 → 202']);
  });

  it('cuts a request that stalls in its body after 60 s, and waits for its response', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request('POST /s HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc'),
    ]);
    assembler.expire(startUs + 60_000_101);
    assembler.push(script.response(answer(408)));
    expect(pairs(exchanges)).to.deep.equal(['POST /s → 408']);
    expect(exchanges[0]?.request).to.deep.include({ truncated: true, body: Buffer.from('abc') });
  });

  it('flushes what is under way when the connection closes', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([script.open(), script.request(get('/1')), script.close()]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → -']);
    expect(assembler.connections).to.equal(0);
    expect(assembler.retainedBytes).to.equal(0);
  });

  it('counts other protocols and holds nothing for them', () => {
    const redis = new Script(2);
    const ssh = new Script(3);
    const { exchanges, assembler } = assemble([
      redis.open(),
      redis.request('*1\r\n$4\r\nPING\r\n'),
      redis.response('+PONG\r\n'),
      ssh.open(),
      ssh.response('SSH-2.0-x\r\n'),
      ssh.request('SSH-2.0-y\r\n'),
    ]);
    expect(exchanges).to.deep.equal([]);
    expect(assembler.counters.foreignConnections).to.equal(2);
    expect(assembler.retainedBytes).to.be.at.most(2 * 1024);
  });

  it('follows a bounded number of connections and flushes the least recently active one', () => {
    const scripts = [new Script(1), new Script(2), new Script(3)];
    const [first, second, third] = scripts as [Script, Script, Script];
    const { exchanges, assembler } = assemble(
      [
        first.open(),
        second.open(),
        first.request(get('/1')),
        second.request(get('/2')),
        first.request(''),
        third.open(),
        second.response(answer(200)),
        first.response(answer(201)),
      ],
      { maxConnections: 2 },
    );
    expect(pairs(exchanges)).to.deep.equal(['GET /2 → -', 'GET /1 → 201']);
    expect(assembler.connections).to.equal(2);
    expect(assembler.counters).to.deep.include({ connectionsEvicted: 1, unknownConnectionEvents: 1 });
  });

  it('forgets connections that were silent for hours, as their end may have been lost', () => {
    const [first, second] = [new Script(1), new Script(2)];
    const { exchanges, assembler } = assemble([first.open(), second.open(), first.request(get('/1'))]);
    const hourUs = 3_600_000_000;
    assembler.push({ ...second.request(get('/2')), timeUs: startUs + hourUs } as CaptureEvent);
    assembler.expire(startUs + 6 * hourUs + 1000);
    expect(assembler.connections).to.equal(1);
    expect(assembler.counters.connectionsAgedOut).to.equal(1);
    assembler.expire(startUs + 8 * hourUs);
    expect(assembler.connections).to.equal(0);
    expect(assembler.retainedBytes).to.equal(0);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → -', 'GET /2 → -']);
  });

  it('holds 100 000 connections that have sent half a request in bounded memory', function () {
    this.timeout(60_000);
    const half = Buffer.from(`${get('/x').slice(0, -2)}Cookie: ${'c'.repeat(400)}`);
    const assembler = new ExchangeAssembler({ emit() {} });
    const before = process.memoryUsage();
    for (let connection = 1; connection <= 100_000; connection++) {
      const script = new Script(connection);
      assembler.push(script.open());
      assembler.push(script.request(half));
    }
    const { heapUsed, external } = process.memoryUsage();
    const taken = heapUsed + external - before.heapUsed - before.external;
    const { connections, retainedBytes, counters } = assembler;
    expect(connections).to.be.within(40_000, 65_536);
    expect(counters.connectionsEvicted).to.equal(100_000 - connections);
    expect(retainedBytes).to.be.at.most(256 * 1024 * 1024);
    // What is reckoned is what is taken, garbage of the collector's not counted.
    expect(taken).to.be.lessThan(3 * retainedBytes);
    assembler.close();
    expect(assembler.retainedBytes).to.equal(0);
  });

  it('bounds the memory of messages under way', () => {
    const scripts = Array.from({ length: 50 }, (_, index) => new Script(index + 1));
    const { exchanges, assembler } = assemble(
      scripts.flatMap(script => [
        script.open(),
        script.request(`POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n${'x'.repeat(50_000)}`),
      ]),
      { maxRetainedBytes: 1024 * 1024 },
    );
    expect(assembler.retainedBytes).to.be.at.most(1024 * 1024);
    expect(assembler.counters.connectionsEvicted).to.be.greaterThan(0);
    expect(exchanges).to.have.lengthOf(assembler.counters.connectionsEvicted);
  });

  it('gives the status and the fields that came of a response head that was cut', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(get('/1')),
      script.response('HTTP/1.1 404 X\r\nServer: x\r\nX-Long: abc'),
      script.gap('response', 9000, 'not-copied'),
      script.request(get('/2')),
      script.response(answer(201)),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 404', 'GET /2 → 201']);
    expect(exchanges[0]?.response?.headers.map(({ name }) => name)).to.deep.equal(['Server']);
  });

  it('says of every request that waits that bytes were lost where its response may have been', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(get('/1')),
      script.request(get('/2')),
      script.gap('response', 300),
      script.close(),
    ]);
    expect(exchanges.map(({ lostBytes }) => lostBytes)).to.deep.equal([300, 300]);
  });

  it('bounds the requests that wait on one connection', () => {
    const script = new Script();
    const events = [
      script.open(),
      ...Array.from({ length: 3000 }, (_, index) => script.request(get(`/${index}`))),
    ];
    const { exchanges } = assemble(events);
    expect(exchanges.length).to.be.greaterThan(3000 - 1025);
  });
});
