// Names of path parameters, from the noun before them: `/users/{user_id}`.
import { isVersion, words } from './vocabulary.ts';

const maxNameLength = 40;

/** Nouns whose singular ends in s, and plurals without rule. */
const irregular = new Map(
  Object.entries({
    ...{
      status: 'status',
      news: 'news',
      series: 'series',
      analysis: 'analysis',
      analyses: 'analysis',
      bus: 'bus',
    },
    ...{
      canvas: 'canvas',
      alias: 'alias',
      aliases: 'alias',
      people: 'person',
      children: 'child',
      indices: 'index',
    },
    ...{
      matrices: 'matrix',
      vertices: 'vertex',
      statuses: 'status',
      buses: 'bus',
      gas: 'gas',
      dns: 'dns',
      sms: 'sms',
    },
    ...{
      movies: 'movie',
      cookies: 'cookie',
      caches: 'cache',
      bonus: 'bonus',
      campus: 'campus',
      lens: 'lens',
    },
    ...{
      databases: 'database',
      releases: 'release',
      purchases: 'purchase',
      courses: 'course',
      houses: 'house',
    },
    ...{
      cases: 'case',
      bases: 'base',
      phases: 'phase',
      leases: 'lease',
      licenses: 'license',
      responses: 'response',
    },
    ...{
      expenses: 'expense',
      warehouses: 'warehouse',
      nurses: 'nurse',
      data: 'data',
      media: 'media',
      aws: 'aws',
    },
  }),
);

/** English only, by rule; a wrong guess gives an odd name, nothing worse. */
export function singular(noun: string): string {
  const known = irregular.get(noun);
  if (known !== undefined) return known;
  if (noun.length > 4 && noun.endsWith('ies')) return `${noun.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x|z)es$/.test(noun) && noun.length > 4) return noun.slice(0, -2);
  if (noun.endsWith('s') && !/(?:ss|us|is)$/.test(noun) && noun.length > 2) return noun.slice(0, -1);
  return noun;
}

/**
 * `before` is the literal in front of the parameter, undefined when there is none or it is a parameter itself. `taken`
 * are the names already in the template; a repeated one gets a number.
 */
export function parameterName(before: string | undefined, taken: ReadonlySet<string>): string {
  const parts = before === undefined || isVersion(before) ? [] : asciiWords(before);
  const last = parts.pop();
  const noun = last === undefined ? '' : [...parts, singular(last)].join('_').slice(0, maxNameLength);
  const name = noun === '' || noun === 'id' ? 'id' : `${noun}_id`;
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}_${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function asciiWords(text: string): string[] {
  return words(text)
    .map(word => word.replace(/[^a-z0-9]/g, ''))
    .filter(word => word !== '');
}
