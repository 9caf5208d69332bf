// Precision and recall per parameter: one verdict for all of its values.
import { ParameterSet } from '../../runtime/processing/points/parameter-set.ts';
import { Examiner } from '../../runtime/processing/sensitive/examiner.ts';
import { verdictsOf } from '../../runtime/processing/sensitive/verdict.ts';
import { typeOfText } from '../../runtime/processing/value-type.ts';
import { newObservation, ObservationSum } from '../../runtime/protocol/observation.ts';
import type { LabelledParameter } from './corpus.ts';

export interface Score {
  parameters: number;
  /** Sensitive parameters by kind of key. */
  telling: { expected: number; found: number };
  neutral: { expected: number; found: number };
  reported: number;
  right: number;
  mistakes: string[];
  values: number;
  examineMs: number;
}

export function scoreOf(parameters: readonly LabelledParameter[]): Score {
  const examiner = new Examiner();
  const score: Score = {
    ...{ parameters: parameters.length, reported: 0, right: 0, mistakes: [], values: 0, examineMs: 0 },
    telling: { expected: 0, found: 0 },
    neutral: { expected: 0, found: 0 },
  };
  for (const parameter of parameters) {
    const { label, keyed, location, name, path, values } = parameter;
    // One request each, summed up as aggregation does it.
    const sum = new ObservationSum(newObservation({}));
    const begin = performance.now();
    for (const value of values) {
      const set = new ParameterSet({ examiner }, path);
      set.add(location, name, typeOfText(value), value);
      sum.add(newObservation({ requests: 1, parameters: set.toArray() }));
    }
    score.examineMs += performance.now() - begin;
    score.values += values.length;
    const [summed] = sum.toObservation().parameters;
    const classes = summed === undefined ? [] : verdictsOf(summed, path).map(verdict => verdict.class);
    score.reported += classes.length;
    const isRight = label !== undefined && classes.includes(label);
    if (isRight) score.right += 1;
    if (label !== undefined) {
      score[keyed].expected += 1;
      if (isRight) score[keyed].found += 1;
    }
    if (!isRight && (label !== undefined || classes.length > 0))
      score.mistakes.push(
        `${keyed} ${name}: expected ${label ?? 'nothing'}, found ${classes.join(', ') || 'nothing'}; e.g. ${values.slice(0, 2).join(' | ').slice(0, 70)}`,
      );
    else if (classes.length > 1)
      score.mistakes.push(
        `${keyed} ${name}: ${label} and also ${classes.filter(item => item !== label).join(', ')}`,
      );
  }
  return score;
}
