// A class of sensitive data: what its values look like, and which words announce it.
import type { ValueType } from '../../protocol/value-types.ts';
import type { ValueForm } from './value-form.ts';

export type DataGroup = 'personal' | 'credentials' | 'financial' | 'medical' | 'technical' | 'custom';

/** From this total of value and context on, a value counts as one of the class. */
export const detectionScore = 0.3;

export interface Pattern {
  /** Characters of the values it may match. */
  readonly min: number;
  readonly max: number;
  /** 0 for no match; up to 1 for values that can hardly be anything else. */
  score(form: ValueForm): number;
}

export interface DataClass {
  readonly name: string;
  readonly group: DataGroup;
  /** The best match counts. Several, so that only those of a fitting length are tried. */
  readonly patterns: readonly Pattern[];
  /** Words that add to the score, joined and in lower case (name-words.ts). The best of each list counts once. */
  readonly words: {
    /** 0.4: enough alone, for values that are `plausible`. */
    readonly strong?: string;
    /** 0.2: enough with a value that could be one. */
    readonly weak?: string;
    /** After the announcing word: the name speaks of something else (`phone_model`), the class is ruled out. */
    readonly veto?: string;
    /** The same directly before it: `page_token`. */
    readonly vetoBefore?: string;
    /** Without an announcing word, what the value is instead: an `order_number` is no phone. */
    readonly rivals?: string;
  };
  /** Instead of `words`: every one found adds its score; without the mandatory ones none does. */
  readonly summed?: readonly { readonly word: string; readonly score: number; readonly mandatory: boolean }[];
  /**
   * Whether a value that no pattern matches may be one when a strong word says so. Absent: only what matches counts.
   */
  plausible?(form: ValueForm, type: ValueType): boolean;
  /**
   * How often values of another kind in the same form match, such as 0.1 for one check digit. It decides how many
   * matching values an unnamed parameter must show (verdict.ts). Default 0.01.
   */
  readonly coincidence?: number;
}

/** A pattern over the text as it is. */
export function matching(regex: RegExp, score: number, min: number, max: number): Pattern {
  return { min, max, score: form => (regex.test(form.text) ? score : 0) };
}

/** A pattern over the text as it is, with a check of its digits. */
export function checked(
  regex: RegExp,
  check: (form: ValueForm) => boolean,
  score: number,
  min: number,
  max: number,
): Pattern {
  return { min, max, score: form => (regex.test(form.text) && check(form) ? score : 0) };
}
