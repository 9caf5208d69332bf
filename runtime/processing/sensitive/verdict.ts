// Whether a parameter holds sensitive data: from all values that were examined, never from one.
import type { Parameter } from '../../protocol/generated/findings.ts';
import { dataClasses } from './catalogue.ts';
import { ContextReader } from './context.ts';
import { type DataClass, detectionScore } from './data-class.ts';

export interface Verdict {
  class: string;
  group: DataClass['group'];
  /** 0.3 to about 1.4: value and context of the best value. */
  score: number;
  /** Values of the class among those examined, 0 to 1. */
  share: number;
}

/** Share of values that must be of the class: when the name says so, when it helps, and when only the values do. */
const namedShare = 0.3;
const hintedShare = 0.4;
const unnamedShare = 0.6;

/** Chance of a wrong verdict that is accepted: from values alone, and with a name that helps. */
const acceptedChance = 0.005;
const acceptedHintedChance = 0.1;

const custom: Pick<DataClass, 'group' | 'coincidence'> = { group: 'custom' };

const contexts = new ContextReader(dataClasses);
const indexOf = new Map(dataClasses.map(({ name }, index) => [name, index]));

/**
 * The classes a parameter holds, best first. Usually one: a second is named only where the values fall into both, such as
 * a login that is an address or a phone number.
 *
 * Without help from its name, a parameter must show enough values: if values of another kind pass a check by chance
 * with probability p (one check digit: 0.1), all of n pass with pⁿ, which has to be below 0.005.
 */
export function verdictsOf(
  parameter: Pick<Parameter, 'location' | 'name' | 'examined' | 'sensitive'>,
  path: readonly string[] = [],
): Verdict[] {
  if (parameter.sensitive.length === 0) return [];
  const { scores } = contexts.of(parameter, path);
  const verdicts: (Verdict & { rank: number })[] = [];
  for (const { class: name, values, bestScore } of parameter.sensitive) {
    const index = indexOf.get(name);
    // An operator's own class is not in the catalogue, only in the settings of processing.
    const dataClass = index === undefined ? custom : dataClasses[index];
    if (dataClass === undefined) continue;
    const words = index === undefined ? 0 : (scores[index] ?? 0);
    const share = values / Math.max(1, parameter.examined);
    const score = bestScore / 100;
    const isNamed = words >= detectionScore;
    const isHinted = words > 0;
    if (share < (isNamed ? namedShare : isHinted ? hintedShare : unnamedShare)) continue;
    const { coincidence = 0.01 } = dataClass;
    const accepted = isHinted ? acceptedHintedChance : acceptedChance;
    const needed = isNamed ? 1 : Math.ceil(Math.log(accepted) / Math.log(coincidence));
    if (values < needed) continue;
    verdicts.push({
      class: name,
      group: dataClass.group,
      score,
      share,
      rank: score * share - coincidence / 10,
    });
  }
  verdicts.sort((a, b) => b.rank - a.rank || (a.class < b.class ? -1 : 1));
  const kept: Verdict[] = [];
  let covered = 0;
  for (const { rank: _, ...verdict } of verdicts) {
    if (kept.length > 0 && covered + verdict.share > 1.05) continue;
    covered += verdict.share;
    kept.push(verdict);
  }
  return kept;
}
