import { expect } from 'chai';
import fc from 'fast-check';
import type { PathObservation } from '../../../../runtime/aggregation/learner/observation.ts';
import { TemplateLearner } from '../../../../runtime/aggregation/learner/template-learner.ts';

const segment = fc.oneof(
  fc.constantFrom('users', 'orders', 'search', 'ada', 'grace', '17', '42.json', '{}', '\u0001x', 'ünï'),
  fc.constant({ shape: 'uuid' }),
);
const observation: fc.Arbitrary<PathObservation> = fc.record({
  host: fc.constantFrom('a.example', 'b.example'),
  method: fc.constantFrom('GET', 'POST', 'BREW'),
  segments: fc.array(segment, { maxLength: 4 }),
  status: fc.constantFrom(200, 204, 999),
  queryKeys: fc.array(fc.constantFrom('page', 'q', 'sort'), { maxLength: 2 }),
  requests: fc.integer({ min: 1, max: 9 }),
  firstSeenMs: fc.integer({ min: 1, max: 1000 }),
  lastSeenMs: fc.integer({ min: 1000, max: 2000 }),
});

function learnerOf(observations: readonly PathObservation[]): TemplateLearner {
  const learner = new TemplateLearner();
  for (const one of observations) learner.observe(one);
  return learner;
}

/** An element that is there. */
function at<T>(items: readonly T[], index: number | undefined): T {
  const item = items[index ?? -1];
  if (item === undefined) throw new RangeError(`no element ${index}`);
  return item;
}

const text = (learner: TemplateLearner): string => JSON.stringify(learner.toState());

describe('merging learners', function () {
  this.timeout(60_000);

  it('gives the same bytes whatever the order and grouping', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(observation, { maxLength: 12 }), { minLength: 3, maxLength: 3 }),
        fc.constantFrom([0, 1, 2], [2, 1, 0], [1, 2, 0]),
        (parts, order) => {
          const states = parts.map(part => learnerOf(part).toState());
          const whole = text(learnerOf(parts.flat()));
          const sequential = new TemplateLearner();
          for (const i of order) sequential.merge(at(states, i));
          const grouped = TemplateLearner.fromState(at(states, order[0]));
          const pair = TemplateLearner.fromState(at(states, order[1]));
          pair.merge(at(states, order[2]));
          grouped.merge(pair.toState());
          expect(text(sequential)).to.equal(whole);
          expect(text(grouped)).to.equal(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the same templates from the merged state as from the whole traffic', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 40 }), fc.nat(40), (all, cut) => {
        const whole = learnerOf(all);
        const merged = TemplateLearner.fromState(JSON.parse(text(learnerOf(all.slice(cut)))));
        merged.merge(learnerOf(all.slice(0, cut)).toState());
        whole.learn();
        merged.learn();
        expect(merged.templates()).to.deep.equal(whole.templates());
      }),
      { numRuns: 40 },
    );
  });

  it('refuses a state of another version', () => {
    expect(() => TemplateLearner.fromState({ ...new TemplateLearner().toState(), version: 7 })).to.throw(
      'version 7',
    );
  });
});
