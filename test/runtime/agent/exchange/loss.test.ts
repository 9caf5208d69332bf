import { expect } from 'chai';
import { answer, assemble, get, pairs, Script } from './events.ts';

describe('the exchange assembler, after a loss', () => {
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

  it('does not give the response of a lost request to one that came in one piece with its end', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      // Three requests and the start of a fourth one's body; the first three are answered.
      script.gap('request', 400),
      script.gap('response', 300),
      script.request(`the rest of the body\r\n0\r\n\r\n${get('/fifth')}`),
      script.response(answer(204)),
      script.response(answer(205)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /fifth → -']);
  });

  for (const pieces of [
    ['the rest of the body\r\n0\r\n\r\n', get('/fifth')],
    ['the rest of the body\r\n0\r\n\r\nPO', 'ST /fifth HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n'],
  ])
    it(`… nor when it comes in the next piece, before any response: ${pieces[0]?.endsWith('PO') ? 'cut' : 'whole'}`, () => {
      const script = new Script();
      const { exchanges } = assemble([
        script.open(),
        script.gap('request', 400),
        script.gap('response', 300),
        ...pieces.map(piece => script.request(piece)),
        script.response(answer(204)),
        script.response(answer(205)),
        script.close(),
      ]);
      expect(exchanges.map(({ request, response }) => [request?.target, response?.status])).to.deep.equal([
        ['/fifth', undefined],
      ]);
    });

  it('gives the response to a request that came in pieces behind lost bytes, or behind an answered one', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.gap('request', 400),
      script.gap('response', 300),
      script.request('the rest of the body'),
      script.response(answer(204)),
      script.request('GET /next HT'),
      script.request('TP/1.1\r\nHost: h\r\n\r\n'),
      script.response(answer(205)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /next → 205']);
  });

  it('gives the response to a request behind lost bytes and an empty line', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.gap('request', 400),
      script.gap('response', 300),
      script.request(`\r\n${get('/next')}`),
      script.response(answer(204)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /next → 204']);
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
});
