import { expect } from 'chai';
import fc from 'fast-check';
import { answer, assemble, get, pairs, Script } from './events.ts';

describe('the exchange assembler, behind a PROXY header', () => {
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
    const { exchanges, assembler } = assemble([script.open(), script.request('PROXY TCP4 nonsense\r\n\r\n')]);
    expect(exchanges).to.deep.equal([]);
    expect(assembler.counters.invalidProxyHeaders).to.equal(1);
  });
});
