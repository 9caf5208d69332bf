import { expect } from 'chai';
import fc from 'fast-check';
import { encodeBatchFrame } from '../../../../runtime/agent/delivery/batch-frame.ts';
import { ExchangeEncoder } from '../../../../runtime/agent/delivery/exchange-encoder.ts';
import { type AssembledExchange, toExchange } from '../../../../runtime/agent/exchange/assembled-exchange.ts';
import { type HeaderFields, RawFields } from '../../../../runtime/http/header-fields.ts';
import { parseHeaderSection } from '../../../../runtime/http/http1-head.ts';
import { FrameDecoder } from '../../../../runtime/protocol/framing.ts';
import { AgentFrame, Exchange, Protocol } from '../../../../runtime/protocol/generated/mirror.ts';

const octets = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map(bytes => Buffer.from(bytes));

/** Texts as the parsers make them: Latin-1, UTF-8, and what no parser gives. */
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  octets(200).map(bytes => bytes.toString('latin1')),
);

const decoded = fc.array(fc.record({ name: text, value: octets(300) }), { maxLength: 8 });
const raw = octets(600).map(bytes => parseHeaderSection(bytes, 0, bytes.length).fields);
const typical = fc
  .array(fc.tuple(fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'aZ09-_') }), text), {
    maxLength: 12,
  })
  .map(lines =>
    Buffer.from(`${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, 'latin1'),
  )
  .map(bytes => parseHeaderSection(bytes, 0, bytes.length).fields);
const fields: fc.Arbitrary<HeaderFields> = fc.oneof(decoded, raw, typical);

const large = fc.oneof(fc.nat(), fc.maxSafeNat());
const address = fc.record({
  ip: fc.constantFrom('10.0.0.1', '2001:db8::1'),
  port: fc.integer({ min: 0, max: 65_535 }),
});

const exchanges: fc.Arbitrary<AssembledExchange> = fc.record({
  facts: fc.record({
    connection: large,
    client: address,
    server: address,
    tls: fc.boolean(),
    workload: fc.option(fc.record({ namespace: text, pod: text, container: text }), { nil: undefined }),
  }),
  process: fc.record({ pid: fc.nat(), comm: text }),
  head: fc.record({
    protocol: fc.constantFrom(Protocol.HTTP_1_0, Protocol.HTTP_1_1, Protocol.HTTP_2),
    method: text,
    target: text,
    authority: text,
    fields,
    firstByteTime: large,
  }),
  response: fc.option(fc.record({ status: fc.integer({ min: 0, max: 999 }), fields, lastByteTime: large }), {
    nil: undefined,
  }),
  body: octets(500),
  truncated: fc.boolean(),
  durationUs: large,
  lostBytes: large,
});

/** What the generated code makes of it and reads back. */
function reference(exchange: AssembledExchange): Exchange {
  return Exchange.decode(Exchange.encode(toExchange(exchange)).finish());
}

describe('the encoder of exchanges', () => {
  it('writes what the generated encoder writes, for any exchanges in a row', () => {
    fc.assert(
      fc.property(fc.array(exchanges, { minLength: 1, maxLength: 4 }), list => {
        const encoder = new ExchangeEncoder();
        for (const exchange of list) encoder.append(exchange);
        const length = encoder.length;
        const bytes = encoder.take();
        expect(bytes).to.have.lengthOf(length);
        const encoded = encodeBatchFrame(7, bytes, new Map([['buffer-full', 3]]));
        const [framed] = new FrameDecoder(1e7).push(encoded) as [Uint8Array];
        expect(framed).to.have.lengthOf(encoded.length - 4);
        const { frame } = AgentFrame.decode(framed);
        if (frame?.$case !== 'batch') throw new Error('no batch');
        expect(frame.batch.sequence).to.equal(7);
        expect(frame.batch.dropped).to.deep.equal([{ cause: 'buffer-full', exchanges: 3 }]);
        expect(frame.batch.exchanges).to.deep.equal(list.map(reference));
      }),
      { numRuns: 500 },
    );
  });

  it('grows for an exchange of any size and gives the memory back', () => {
    const [small] = fc.sample(exchanges, { numRuns: 1, seed: 1 });
    if (small === undefined) throw new Error('no sample');
    const encoder = new ExchangeEncoder();
    const body = Buffer.alloc(9_000_000, 1);
    encoder.append({ ...small, body });
    expect(encoder.take().length).to.be.greaterThan(body.length);
    expect(encoder.length).to.equal(0);
    encoder.append(small);
    expect(encoder.take().length).to.be.lessThan(10_000);
  });

  it('keeps names that are not ASCII as the parser reads them', () => {
    const bytes = Buffer.from('X-\xe9: 1\r\n\r\n', 'latin1');
    const { fields: section } = parseHeaderSection(bytes, 0, bytes.length);
    expect(section).to.be.instanceOf(RawFields);
    expect(section.asciiNames).to.equal(false);
    expect([...section]).to.deep.equal([{ name: 'X-é', value: Buffer.from('1') }]);
  });
});
