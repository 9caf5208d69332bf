import { expect } from 'chai';
import fc from 'fast-check';
import { Observation } from '../../../runtime/protocol/generated/findings.ts';
import {
  emptyObservationBytes,
  ObservationSum,
  segmentsFromKey,
  segmentsKey,
} from '../../../runtime/protocol/observation.ts';
import { sameKeyObservation, segment } from './arbitraries.ts';

describe('observations as a monoid', () => {
  const sumOf = (items: readonly Observation[]) => {
    const sum = new ObservationSum(items[0] as Observation);
    for (const item of items) sum.add(item);
    return sum.toObservation();
  };

  const bytesOf = (observation: Observation) =>
    Buffer.from(Observation.encode(observation).finish()).toString('hex');

  it('give the same bytes in any order and any grouping', () => {
    fc.assert(
      fc.property(
        fc
          .array(sameKeyObservation, { minLength: 1, maxLength: 8 })
          .chain(items =>
            fc.tuple(
              fc.constant(items),
              fc.shuffledSubarray(items, { minLength: items.length }),
              fc.nat(items.length),
            ),
          ),
        ([items, shuffled, cut]) => {
          const parts = [shuffled.slice(0, cut), shuffled.slice(cut)].filter(part => part.length > 0);
          expect(bytesOf(sumOf(parts.map(sumOf)))).to.equal(bytesOf(sumOf(items)));
        },
      ),
    );
  });

  it('never encode longer than the growth that adding reports', () => {
    fc.assert(
      fc.property(fc.array(sameKeyObservation, { minLength: 1, maxLength: 6 }), items => {
        const sum = new ObservationSum(items[0] as Observation);
        const bound = items.reduce(
          (bytes, item) => bytes + sum.add(item),
          emptyObservationBytes(items[0] as Observation),
        );
        expect(Observation.encode(sum.toObservation()).finish().length).to.be.at.most(bound);
      }),
    );
  });

  it('keep their segments through the key, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(segment), segments => {
        expect(segmentsFromKey(segmentsKey(segments))).to.deep.equal(segments);
      }),
    );
  });
});
