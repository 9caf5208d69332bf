// Classes of an operator's own, scored as the original scores them: the best expression plus the sum of the words.
import { RE2JS } from 're2js';
import { z } from 'zod';
import type { DataClass } from './data-class.ts';

const score = z.number().min(0.1).max(1);

export const customClass = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, { error: 'a name such as staff-number' }),
    /** Found in a value; RE2. */
    expressions: z
      .array(
        z.strictObject({
          expression: z
            .string()
            .max(4096)
            .superRefine((text, context) => {
              try {
                RE2JS.compile(text);
              } catch (error) {
                const message = `a regular expression of RE2 (${(error as Error).message})`;
                context.addIssue({ code: 'custom', message });
              }
            }),
          score,
        }),
      )
      .max(64)
      .default([]),
    /** Of the parameter's name or the path, in lower case. Without the mandatory ones the others say nothing. */
    words: z
      .array(
        z.strictObject({
          word: z.string().regex(/^[\p{Ll}\p{Lo}\d]{1,64}$/u, { error: 'one word in lower case' }),
          score,
          mandatory: z.boolean().default(false),
        }),
      )
      .max(256)
      .default([]),
  })
  .refine(({ expressions, words }) => expressions.length + words.length > 0, {
    error: 'expressions or words',
  });

export type CustomClass = z.output<typeof customClass>;

/** Longer values are not tried: RE2 in JavaScript takes about 0.1 µs per character. */
const maxCharacters = 1024;

export function dataClassOf({ name, expressions, words }: CustomClass): DataClass {
  return {
    name,
    group: 'custom',
    patterns: expressions.map(item => {
      const expression = RE2JS.compile(item.expression);
      return {
        min: 1,
        max: maxCharacters,
        score: ({ text }) => (text.length <= maxCharacters && expression.test(text) ? item.score : 0),
      };
    }),
    words: {},
    summed: words,
    plausible: () => true,
  };
}
