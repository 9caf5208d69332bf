import { expect } from 'chai';
import fc from 'fast-check';
import { HpackDecoder } from '../../../../runtime/http/hpack/decoder.ts';
import { expectExact } from './check-sequence.ts';
import { type Instruction, ModelEncoder } from './model-encoder.ts';
import type { RecordedField } from './record/sequence.ts';

/** Small sizes, so that eviction, and entries larger than the table, are frequent. */
const size = fc.oneof(fc.constantFrom(0, 31, 32, 33, 64, 100, 4096, 10_000), fc.nat(300));
/** Mostly into the dynamic table. */
const pick = fc.oneof(fc.nat(60), fc.integer({ min: 61, max: 75 }), fc.nat(1000));
const text = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: 'binary-ascii', maxLength });
const instruction: fc.Arbitrary<Instruction> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), bytes: size }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('indexed' as const), pick }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('literal' as const),
      form: fc.constantFrom('indexing' as const, 'indexing' as const, 'plain' as const, 'never' as const),
      name: fc.oneof(pick, text(20)),
      value: fc.oneof(text(20), text(150)),
    }),
  },
);
const blocks = fc.array(fc.array(instruction, { maxLength: 12 }), { minLength: 1, maxLength: 12 });

function expectNeverWrong(decoder: HpackDecoder, block: Buffer, fields: readonly RecordedField[]): void {
  const decoded = decoder.decode(block);
  expect(decoded.fields.length).to.equal(fields.length);
  decoded.fields.forEach(({ name, value, neverIndexed }, index) => {
    const [trueName, trueValue, trueNever] = fields[index] ?? ['', '', false];
    if (name !== undefined) expect(name).to.equal(trueName);
    if (value !== undefined) expect(value.toString('latin1')).to.equal(trueValue);
    expect(neverIndexed).to.equal(trueNever);
  });
}

describe('HPACK decoder against a model encoder that uses every freedom of RFC 7541', function () {
  this.timeout(120_000);

  it('is exact from the start', () => {
    fc.assert(
      fc.property(blocks, story => {
        const encoder = new ModelEncoder();
        expectExact(
          { encoder: 'model', blocks: story.map(instructions => encoder.encode(instructions)) },
          'model',
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('is never wrong after joining at any block, whatever its own limits are and whatever bound it is told', () => {
    fc.assert(
      fc.property(
        blocks,
        fc.nat(200),
        fc.nat(40),
        fc.nat(12),
        fc.option(size),
        (story, table, string, cut, bound) => {
          const encoder = new ModelEncoder();
          const decoder = new HpackDecoder({ fromStart: false, tableBytes: table, stringBytes: string });
          story.forEach((instructions, index) => {
            const { block, fields } = encoder.encode(instructions);
            if (index < cut) return;
            // The bound may even be wrong: it only decides what is kept.
            if (bound !== null && index % 3 === 0) decoder.limitCapacity(bound);
            expectNeverWrong(decoder, block, fields);
            expect(decoder.tableBytes).to.be.at.most(table);
          });
        },
      ),
      { numRuns: 4000 },
    );
  });

  it('is never wrong when blocks are lost or cut anywhere', () => {
    fc.assert(
      fc.property(blocks, fc.array(fc.nat(200), { minLength: 1, maxLength: 12 }), (story, cuts) => {
        const encoder = new ModelEncoder();
        const decoder = new HpackDecoder();
        story.forEach((instructions, index) => {
          const { block, fields } = encoder.encode(instructions);
          const kept = cuts[index % cuts.length] ?? 0;
          if (kept % 4 !== 0 || kept >= block.length) {
            expectNeverWrong(decoder, block, fields);
            return;
          }
          const decoded = decoder.decode(block.subarray(0, kept));
          decoder.forget();
          decoded.fields.forEach(({ name, value }, position) => {
            if (name !== undefined) expect(name).to.equal(fields[position]?.[0]);
            if (value !== undefined) expect(value.toString('latin1')).to.equal(fields[position]?.[1]);
          });
        });
      }),
      { numRuns: 2000 },
    );
  });
});
