import { expect } from 'chai';
import { checkDelta } from '../../../runtime/aggregation/delta-check.ts';
import type { Delta, Observation } from '../../../runtime/protocol/generated/findings.ts';
import { newObservation, newParameter } from '../../../runtime/protocol/observation.ts';

const observation = newObservation({
  ...{ host: 'h', method: 'GET', requests: 1, firstSeenUs: 1, lastSeenUs: 1 },
});
const delta = (part: Partial<Delta>): Delta => ({
  ...{ agent: 'a', epoch: 'e', first: 1, last: 1, observations: [] },
  ...part,
});

describe('what a delta may say', () => {
  const most = 2 ** 40;
  const counts = (count: number): Observation[] => [
    { ...observation, requests: count },
    { ...observation, outcomes: [{ status: 200, content: '', requests: count }] },
    { ...observation, parameters: [newParameter({ location: 1, name: 'n', requests: count })] },
    {
      ...observation,
      parameters: [newParameter({ location: 1, name: 'n', types: [{ type: 'string', count }] })],
    },
  ];

  it('takes counts up to a limit', () => {
    checkDelta(delta({ observations: counts(most) }));
    for (const item of counts(most + 1))
      expect(() => checkDelta(delta({ observations: [observation, item] }))).to.throw(
        'observations[1] counts',
      );
  });

  it('takes batches in their order, with numbers that leave room for the next', () => {
    for (const [first, last] of [
      [0, 1],
      [2, 1],
      [1, Number.MAX_SAFE_INTEGER],
    ] as const)
      expect(() => checkDelta(delta({ first, last }))).to.throw('a delta of batches');
  });

  it('takes only named agents and epochs', () => {
    expect(() => checkDelta(delta({ agent: '' }))).to.throw('agent has 0 characters');
    expect(() => checkDelta(delta({ epoch: 'x'.repeat(257) }))).to.throw('epoch has 257 characters');
  });
});
