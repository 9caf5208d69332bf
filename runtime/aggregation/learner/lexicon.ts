// Words of route names. A word that many APIs use in their routes is rarely a value.

/** Lower-case words of a segment: split at separators, digits and camel humps; at most 8. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 0;
    const upper = c >= 65 && c <= 90;
    const letter = upper || (c >= 97 && c <= 122) || c > 127;
    if (start >= 0) {
      const before = text.charCodeAt(i - 1);
      const humpStarts = upper && before >= 97 && before <= 122;
      // In `HTTPServer` the last capital belongs to the next word.
      const next = text.charCodeAt(i + 1);
      const acronymEnds = upper && before >= 65 && before <= 90 && next >= 97 && next <= 122;
      if (!letter || humpStarts || acronymEnds) {
        words.push(text.slice(start, i).toLowerCase());
        start = letter ? i : -1;
        if (words.length === 8) break;
      }
    } else if (letter) start = i;
  }
  return words;
}

/** Crude singular, good enough to compare words and to name parameters. */
export function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(ss|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !/(ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

export const isPlural = (word: string): boolean => singular(word) !== word;

/** Document frequency of words: in the routes of how many APIs a word occurs. */
export class Lexicon {
  private readonly words: ReadonlyMap<string, number>;

  constructor(words: Iterable<readonly [string, number]>) {
    this.words = new Map(words);
  }

  /** Number of APIs with the word in singular or plural; 0 when unknown. */
  frequency(word: string): number {
    return Math.max(this.words.get(word) ?? 0, this.words.get(singular(word)) ?? 0);
  }

  entries(): [string, number][] {
    return [...this.words].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** Segments that name an action or the caller: they stay literal next to any number of values, unless an operator says otherwise. */
export const protectedWords: ReadonlySet<string> = new Set(
  (
    'me self current mine my new list search find count all batch bulk login logout signin signup signout register ' +
    'health status version info metadata $metadata schema export import download upload validate verify refresh ' +
    'token oauth authorize callback webhook webhooks events default latest api rest graphql v1 v2 v3 v4'
  ).split(' '),
);

/** Segments that mean the caller, never a value: only a pin makes them one. */
export const callerWords: ReadonlySet<string> = new Set(['me', 'self', 'mine', 'myself', 'whoami']);
