import { expect } from 'chai';
import { answer, assemble, get, pairs, Script } from './events.ts';

describe('a request that only some servers answer hides nothing', () => {
  describe('CONNECT', () => {
    for (const [what, head] of [
      ['Content-Length', 'HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nhello'],
      ['a length of 0', 'HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n'],
      ['chunks', 'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
      ['204, which has no content', 'HTTP/1.1 204 X\r\n\r\n'],
    ] as const) {
      const status = Number(head.slice(9, 12));

      it(`is like any other method when it is answered with ${what}`, () => {
        const script = new Script();
        const { exchanges, assembler } = assemble([
          script.open(),
          script.request(`CONNECT /a HTTP/1.1\r\n\r\n`),
          script.response(head),
          script.request(get('/1')),
          script.response(answer(201)),
        ]);
        expect(pairs(exchanges)).to.deep.equal([`CONNECT /a → ${status}`, 'GET /1 → 201']);
        expect(assembler.counters).to.include({ foreignConnections: 0, unprocessedRequests: 0 });
      });

      it(`gives no responses to those pipelined behind it, which some servers throw away: ${what}`, () => {
        const script = new Script();
        const { exchanges } = assemble([
          script.open(),
          script.request(`CONNECT a:80 HTTP/1.1\r\n\r\n${get('/1')}${get('/2')}`),
          script.response(head),
          script.request(get('/3')),
          script.response(answer(203)),
        ]);
        expect(pairs(exchanges)).to.deep.equal([
          `CONNECT a:80 → ${status}`,
          'GET /1 → -',
          'GET /2 → -',
          'GET /3 → -',
        ]);
      });
    }

    it('may be refused like any other method', () => {
      const script = new Script();
      const { exchanges } = assemble([
        script.open(),
        script.request('CONNECT a:80 HTTP/1.1\r\n\r\n'),
        script.response(answer(405)),
        script.request(get('/1')),
        script.response(answer(201)),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['CONNECT a:80 → 405', 'GET /1 → 201']);
    });

    it('opens a tunnel when it is answered without, which is counted', () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request('CONNECT a:80 HTTP/1.1\r\n\r\n'),
        script.response('HTTP/1.1 200 X\r\n\r\n'),
        script.request(get('/inside')),
        script.response(answer(200)),
        script.close(),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['CONNECT a:80 → 200']);
      expect(assembler.counters.foreignConnections).to.equal(1);
    });
  });
});
