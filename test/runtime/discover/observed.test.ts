import { expect } from 'chai';
import fc from 'fast-check';
import { type AssembledExchange, toExchange } from '../../../runtime/agent/exchange/assembled-exchange.ts';
import { exchangeJson } from '../../../runtime/agent/observe/exchange-json.ts';
import { isObserved, observedExchange } from '../../../runtime/discover/observed.ts';
import { Protocol } from '../../../runtime/protocol/generated/mirror.ts';

const text = fc.string({ unit: 'binary' });
const fields = fc
  .array(fc.record({ name: text, value: text.map(value => Buffer.from(value)) }))
  // The authority of HTTP/1 is what its Host field says.
  .map(list => list.filter(({ name }) => name.toLowerCase() !== 'host'));
const endpoint = fc.record({
  ip: fc.oneof(
    fc.ipV4(),
    fc.ipV6().filter(ip => !ip.includes('.')),
  ),
  port: fc.integer({ min: 0, max: 65_535 }),
});

const assembled: fc.Arbitrary<AssembledExchange> = fc.record({
  facts: fc.record({
    connection: fc.constant(0),
    client: endpoint,
    server: endpoint,
    tls: fc.boolean(),
    workload: fc.constantFrom(undefined, { namespace: 'shop', pod: 'api-1', container: 'api' }),
  }),
  process: fc.record({ pid: fc.nat(), comm: text }),
  head: fc.record({
    protocol: fc.constantFrom(Protocol.HTTP_1_0, Protocol.HTTP_1_1, Protocol.HTTP_2),
    method: text,
    target: text,
    authority: text,
    fields,
    // A line has milliseconds.
    firstByteTime: fc.integer({ min: 0, max: 4e12 }).map(milliseconds => milliseconds * 1000),
  }),
  response: fc.option(
    fc.record({ status: fc.integer({ min: 100, max: 999 }), fields, lastByteTime: fc.constant(0) }),
    { nil: undefined },
  ),
  body: fc.uint8Array().map(bytes => Buffer.from(bytes)),
  truncated: fc.boolean(),
  durationUs: fc.nat(),
  lostBytes: fc.nat(),
});

describe('a line of observe', () => {
  it('is read as the exchange that it was written of', () => {
    fc.assert(
      fc.property(assembled, one => {
        const { head } = one;
        const host = [{ name: 'HOST', value: Buffer.from(head.authority) }];
        const sent =
          head.protocol === Protocol.HTTP_2
            ? one
            : { ...one, head: { ...head, fields: [...head.fields, ...host] } };
        const value: unknown = JSON.parse(exchangeJson(sent));
        expect(isObserved(value)).to.equal(true);
        expect(observedExchange(value, 'line 1')).to.deep.equal(toExchange(sent));
      }),
    );
  });

  it('needs a method and a target, nothing else', () => {
    const { request, response, timeUs } = observedExchange(
      { request: { method: 'GET', target: '/a' } },
      'line 1',
    );
    expect(request).to.deep.include({ method: 'GET', target: '/a', authority: '', truncated: false });
    expect([response, timeUs]).to.deep.equal([undefined, 1]);
  });

  it('is told from other lines by its request', () => {
    for (const value of [{ method: 'GET', path: '/' }, { request: 'GET /' }, { request: null }, null, []])
      expect(isObserved(value)).to.equal(false);
  });
});
