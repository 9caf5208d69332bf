import { decodeBatch, recordKinds } from '../../../runtime/agent/capture/record-decoder.ts';
import { ExchangeEncoder } from '../../../runtime/agent/delivery/exchange-encoder.ts';
import { ExchangeAssembler } from '../../../runtime/agent/exchange/assembler.ts';
import { Batch } from '../../../runtime/protocol/generated/mirror.ts';
import { type Below, damaged, fuzz } from '../fuzz.ts';
import { clientStart, data, request, response, settings } from '../http/http2/frames.ts';
import { record } from './capture/record-builder.ts';

const requests: readonly Buffer[] = [
  ...[
    'GET /a HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /b HTTP/1.1\r\nHost: b\r\nContent-Length: 4\r\n\r\nbody',
    'POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n',
    'PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\nGET /d HTTP/1.0\r\n\r\n',
    '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\0\x02',
    '\r\n\r\n\0\r\nQUIT\n\x21\x11\x01\0\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\0\x02GET /in-a-field HTTP/1.1\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01',
  ].map(text => Buffer.from(text, 'latin1')),
  clientStart,
  Buffer.concat([clientStart, request(1, '/x')]),
  request(3, '/y', false),
  data(3, 'up', true),
];
const responses: readonly Buffer[] = [
  ...[
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
  ].map(text => Buffer.from(text, 'latin1')),
  settings(),
  response(1, '200'),
  response(3, '404', false),
  data(3, 'down', true),
];

const openPayload = Buffer.from(
  '020000501f900000' + '0a000001000000000000000000000000' + '0a000009000000000000000000000000',
  'hex',
);

/** A batch of a few connections' records, most of them sound. */
function batch(below: Below, positions: Map<string, bigint>): Buffer {
  const records: Buffer[] = [];
  for (let count = 1 + below(10); count > 0; count--) {
    const connection = BigInt(1 + below(3));
    const what = below(12);
    if (what < 2)
      records.push(
        record({ kind: recordKinds.open, connection, detail: below(3) ? 1 : 0, payload: openPayload }),
      );
    else if (what === 2) records.push(record({ kind: recordKinds.close, connection }));
    else if (what === 3)
      records.push(record({ kind: below(9), connection, length: below(3) === 0 ? below(1e6) : 0 }));
    else {
      const direction = below(2);
      const layer = below(4) === 0 ? 1 : 0;
      const key = `${connection} ${direction} ${layer}`;
      const jump = below(10) === 0 ? BigInt(below(300)) : 0n;
      const position = (positions.get(key) ?? 0n) + jump;
      const gap = what === 4;
      const parts = direction === 0 ? requests : responses;
      const payload = gap ? Buffer.alloc(0) : damaged(parts[below(parts.length)] as Buffer, below, 2);
      const bytes = gap ? BigInt(1 + below(100)) : 0n;
      positions.set(key, position + (gap ? bytes : BigInt(payload.length)));
      const kind = gap ? recordKinds.gap : recordKinds.data;
      const detail = gap ? 1 + below(4) : below(2);
      records.push(
        record({ kind, connection, direction, layer, detail, position, bytes, payload, comm: 'x' }),
      );
    }
  }
  return damaged(Buffer.concat(records), below, below(8) === 0 ? 3 : 0);
}

describe('the way from records to encoded exchanges, under mutated record streams', () => {
  it('never throws, encodes what it emits, and holds nothing at the end', function () {
    this.timeout(600_000);
    fuzz('record streams', (below, note) => {
      const encoder = new ExchangeEncoder();
      let emitted = 0;
      const assembler = new ExchangeAssembler({
        bodyBytes: 100,
        maxConnections: 2,
        emit: exchange => {
          emitted++;
          encoder.append(exchange);
        },
      });
      const positions = new Map<string, bigint>();
      for (let count = 1 + below(3); count > 0; count--) {
        const bytes = batch(below, positions);
        note(`${bytes.toString('hex')} `);
        for (const event of decodeBatch(bytes, 0n).events) assembler.push(event);
        if (below(4) === 0) assembler.expire(below(2) * 1e15);
      }
      assembler.close();
      if (assembler.retainedBytes !== 0) throw new Error(`holds ${assembler.retainedBytes} bytes`);
      if (emitted !== assembler.counters.exchanges) throw new Error('lost count');
      const { exchanges } = Batch.decode(encoder.take());
      if (exchanges.length !== emitted) throw new Error(`${exchanges.length} of ${emitted} encoded`);
    });
  });
});
