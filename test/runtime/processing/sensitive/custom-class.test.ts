import { expect } from 'chai';
import { ParameterSet } from '../../../../runtime/processing/points/parameter-set.ts';
import { customClass, dataClassOf } from '../../../../runtime/processing/sensitive/custom-class.ts';
import { Examiner } from '../../../../runtime/processing/sensitive/examiner.ts';
import { verdictsOf } from '../../../../runtime/processing/sensitive/verdict.ts';
import { Location } from '../../../../runtime/protocol/generated/findings.ts';
import { newObservation, ObservationSum } from '../../../../runtime/protocol/observation.ts';

function found(settings: object, name: string, value: string, path: string[] = []): boolean {
  const examiner = new Examiner({ classes: [dataClassOf(customClass.parse({ name: 'mine', ...settings }))] });
  const sum = new ObservationSum(newObservation({}));
  for (let request = 0; request < 3; request++) {
    const set = new ParameterSet({ examiner }, path);
    set.add(Location.QUERY, name, 'string', value);
    sum.add(newObservation({ parameters: set.toArray() }));
  }
  return sum.toObservation().parameters.some(parameter => verdictsOf(parameter, path).length > 0);
}

describe('a class of an operator’s own', () => {
  const key = {
    expressions: [
      { expression: '[0-9a-z]{32,}', score: 0.1 },
      { expression: '^akia[0-9a-z]{16}$', score: 0.9 },
    ],
    words: [
      { word: 'access', score: 0.1 },
      { word: 'api', score: 0.1 },
    ],
  };

  it('adds its best expression and its words up', () => {
    expect(found(key, 'x', 'akia0123456789abcdef')).to.equal(true);
    expect(found(key, 'x', 'a'.repeat(32))).to.equal(false);
    expect(found(key, 'api_access', 'a'.repeat(32))).to.equal(true);
    expect(found(key, 'api', 'a'.repeat(32), ['access'])).to.equal(true);
    expect(found(key, 'api_access', 'short')).to.equal(false);
  });

  it('needs its mandatory words', () => {
    const middle = {
      words: [
        { word: 'name', score: 0.1, mandatory: true },
        { word: 'middle', score: 0.5 },
      ],
    };
    expect(found(middle, 'middle_name', 'x')).to.equal(true);
    expect(found(middle, 'name', 'x')).to.equal(false);
    expect(found(middle, 'middle', 'x')).to.equal(false);
  });

  it('is refused when it says nothing or cannot be read', () => {
    for (const wrong of [
      {},
      { expressions: [{ expression: '(', score: 0.5 }] },
      { words: [{ word: 'A B', score: 0.5 }] },
    ])
      expect(customClass.safeParse({ name: 'mine', ...wrong }).success).to.equal(false);
  });
});
