import { expect } from 'chai';
import { corpusOf } from '../../../bench/sensitive/corpus.ts';
import { development } from '../../../bench/sensitive/development.ts';
import { heldOut } from '../../../bench/sensitive/held-out.ts';
import { scoreOf } from '../../../bench/sensitive/score.ts';

describe('sensitive data on generated traffic', () => {
  for (const [generators, seed] of [
    [development, 11],
    [heldOut, 12],
  ] as const)
    it(`of the ${generators.name} kinds is found as the targets ask`, () => {
      const { right, reported, telling, neutral } = scoreOf(corpusOf(generators, seed, 5));
      expect(right / reported).to.be.at.least(0.97);
      expect(telling.found / telling.expected).to.be.at.least(0.95);
      expect(neutral.found / neutral.expected).to.be.at.least(0.85);
    });
});
