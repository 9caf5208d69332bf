import { expect } from 'chai';
import { answer, assemble, get, pairs, Script, startUs } from './events.ts';

describe('the exchange assembler, on a connection that is older than the agent', () => {
  it('reads a connection that is older than the agent from its next request on', () => {
    const script = new Script();
    script.silent('request', 1000);
    script.silent('response', 5000);
    const { exchanges } = assemble([
      script.open({ fromStart: false }),
      script.response('tail of an older body\r\n'),
      script.request('tail of an older request\r\n'),
      script.response('tail of its response\r\n'),
      script.request(get('/n')),
      script.response(answer(200)),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /n → 200']);
  });

  describe('that may carry something else', () => {
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
});
