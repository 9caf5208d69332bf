import { expect } from 'chai';
import type { CaptureEvent } from '../../../../runtime/agent/capture/event.ts';
import { ExchangeAssembler } from '../../../../runtime/agent/exchange/assembler.ts';
import { answer, assemble, get, pairs, Script, startUs } from './events.ts';

describe('the exchange assembler, in time and memory', () => {
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
        { ...first.request(''), timeUs: startUs + 200_000 } as CaptureEvent,
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

  it('knows which connection was active last when the clock has been set back', () => {
    const [first, second, third] = [new Script(1), new Script(2), new Script(3)];
    const { exchanges } = assemble(
      [
        first.open(),
        second.open(),
        second.request(get('/2')),
        { ...first.request(get('/1')), timeUs: startUs - 3_600_000_000 } as CaptureEvent,
        third.open(),
        first.response(answer(201)),
      ],
      { maxConnections: 2 },
    );
    expect(pairs(exchanges)).to.deep.equal(['GET /2 → -', 'GET /1 → 201']);
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
