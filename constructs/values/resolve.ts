import { defaultValues } from './bind.ts';
import { InvalidValuesError, type ValueProblem } from './errors.ts';
import { checkSection } from './kinds/section.ts';
import { mergeValues } from './merge.ts';
import { type Values, valuesSchema } from './schema.ts';

/**
 * The user's values merged with the defaults and checked.
 *
 * @param user what the user wrote, unchecked: a {@link PartialValues}, or a parsed values file
 * @throws InvalidValuesError naming every key that is unknown, of the wrong type or out of range
 */
export function resolveValues(user: unknown): Values {
  const merged = mergeValues(defaultValues(), user ?? {});
  const problems = checkValues(merged);
  if (problems.length > 0) throw new InvalidValuesError(problems);
  return merged as Values;
}

/** What is wrong with values that the defaults have been merged into: everything that values.schema.json rejects. */
export function checkValues(merged: unknown): readonly ValueProblem[] {
  const problems: ValueProblem[] = [];
  checkSection(valuesSchema, merged, '', problem => problems.push(problem));
  return problems;
}
