// Looks at single values for classes of sensitive data and keeps counts per parameter.
import type { Parameter } from '../../protocol/generated/findings.ts';
import type { ValueType } from '../../protocol/value-types.ts';
import { dataClasses } from './catalogue.ts';
import { type Context, ContextReader } from './context.ts';
import { type DataClass, detectionScore, type Pattern } from './data-class.ts';
import { formOf, type ValueForm } from './value-form.ts';

/** Patterns by length of the value: up to this each length has its own list. Patterns for longer values reach beyond. */
const maxListedLength = 300;

/** Values that were looked at before: constants, tokens of one client, enumerations. */
const maxRemembered = 4096;
const maxRememberedCharacters = 256;

interface Remembered {
  form: ValueForm;
  /** Pairs of class and score, only above 0. */
  matches: readonly number[];
}

/** Values of one name and path that are all examined, whatever the sampling. */
const alwaysExamined = 100;

export interface ExaminerOptions {
  /** @default all that are known */
  classes?: readonly DataClass[];
  /** Share of the values that are examined once a name has been seen 100 times, 0 to 1. @default 1 */
  sampling?: number;
}

export class Examiner {
  readonly #classes: readonly DataClass[];
  readonly #context: ContextReader;
  readonly #byLength: { index: number; pattern: Pattern }[][];
  readonly #remembered = new Map<string, Remembered>();
  readonly #sampling: number;
  #turn = 0;

  constructor({ classes = dataClasses, sampling = 1 }: ExaminerOptions = {}) {
    this.#sampling = sampling;
    this.#classes = classes;
    this.#context = new ContextReader(classes);
    const all = classes.flatMap(({ patterns }, index) => patterns.map(pattern => ({ index, pattern })));
    this.#byLength = Array.from({ length: maxListedLength + 1 }, (_, length) =>
      all.filter(({ pattern: { min, max } }) => min <= length && max >= length),
    );
  }

  /**
   * Adds to `parameter.examined` and `parameter.sensitive` what `value`, the parameter's name and the literals of the
   * `path` say. `value` is not empty.
   */
  examine(parameter: Parameter, value: string, type: ValueType, path: readonly string[]): void {
    const context = this.#context.of(parameter, path);
    if (!this.#isDue(context)) return;
    parameter.examined += 1;
    const { scores, announced } = context;
    const { form, matches } = this.#look(value);
    for (let at = 0; at < matches.length; at += 2) {
      const index = matches[at] ?? 0;
      const words = scores[index] ?? 0;
      const score = (matches[at + 1] ?? 0) + words;
      if (words >= 0 && score >= detectionScore - 1e-6) this.#count(parameter, index, score);
    }
    for (const index of announced)
      if (!includesClass(matches, index) && this.#classes[index]?.plausible?.(form, type))
        this.#count(parameter, index, scores[index] ?? 0);
  }

  /** The first values of a name all, later ones in the given share. */
  #isDue(context: Context): boolean {
    context.seen += 1;
    if (context.seen <= alwaysExamined) return true;
    this.#turn += this.#sampling;
    if (this.#turn < 1) return false;
    this.#turn -= 1;
    return true;
  }

  #look(value: string): Remembered {
    const known = this.#remembered.get(value);
    if (known !== undefined) return known;
    const form = formOf(value);
    const matches: number[] = [];
    for (const { index, pattern } of this.#byLength[Math.min(form.text.length, maxListedLength)] ?? []) {
      const score = pattern.score(form);
      if (score <= 0) continue;
      const at = matches.length - 2;
      // Patterns of one class stand together.
      if (matches[at] === index) matches[at + 1] = Math.max(matches[at + 1] ?? 0, score);
      else matches.push(index, score);
    }
    const looked = { form, matches };
    if (value.length <= maxRememberedCharacters) {
      if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
      this.#remembered.set(value, looked);
    }
    return looked;
  }

  #count({ sensitive }: Parameter, index: number, score: number): void {
    const name = this.#classes[index]?.name ?? '';
    const bestScore = Math.round(score * 100);
    for (const item of sensitive)
      if (item.class === name) {
        item.values += 1;
        item.bestScore = Math.max(item.bestScore, bestScore);
        return;
      }
    sensitive.push({ class: name, values: 1, bestScore });
  }
}

function includesClass(matches: readonly number[], index: number): boolean {
  for (let at = 0; at < matches.length; at += 2) if (matches[at] === index) return true;
  return false;
}
