// Names and types of path parameters: from the noun before them and the shapes of their values.
import { singular, wordsOf } from './lexicon.ts';

/** OpenAPI type and format of a path parameter. */
export interface ParameterType {
  readonly type: 'integer' | 'number' | 'string';
  readonly format?: string;
}

const formats: Readonly<Record<string, string>> = {
  uuid: 'uuid',
  date: 'date',
  'date-time': 'date-time',
  email: 'email',
};
const numeric = new Set(['integer', 'number']);
/** Shares of requests below this are taken for probes and mistakes. */
const stray = 0.01;

/** Type that holds for at least 99 % of the requests; `string` when none does. */
export function parameterType(shapes: ReadonlyMap<string, number>): ParameterType {
  let total = 0;
  for (const count of shapes.values()) total += count;
  const covers = (accepted: (shape: string) => boolean): boolean => {
    let count = 0;
    for (const [shape, requests] of shapes) if (accepted(shape)) count += requests;
    return count > 0 && count >= (1 - stray) * total;
  };
  if (covers(shape => shape === 'integer')) return { type: 'integer' };
  if (covers(shape => numeric.has(shape))) return { type: 'number' };
  for (const [shape, format] of Object.entries(formats))
    if (covers(other => other === shape)) return { type: 'string', format };
  return { type: 'string' };
}

/** `{user_id}` below `users`; `{user}` when the values are words; the format's own name for dates and the like. */
export function parameterName(
  parent: string | undefined,
  shapes: ReadonlyMap<string, number>,
  taken: ReadonlySet<string>,
): string {
  const { format } = parameterType(shapes);
  const words = (parent === undefined ? [] : wordsOf(parent)).filter(
    word => /^[a-z]+$/.test(word) && word.length > 1,
  );
  const noun = [...words.slice(-3, -1), ...words.slice(-1).map(singular)].join('_').slice(0, 40);
  const isWord = shapes.size === 1 && shapes.has('string');
  let name = noun === '' ? (isWord ? 'name' : 'id') : isWord ? noun : `${noun}_id`;
  if (format !== undefined && format !== 'uuid') name = format.replace('-', '_');
  for (let n = 2, base = name; taken.has(name); n++) name = `${base}_${n}`;
  return name;
}
