// What the text of a segment itself says. Everything here is a function of the text and the lexicon.
import { isPlural, type Lexicon, protectedWords, singular, wordsOf } from './lexicon.ts';

export interface TextFeatures {
  /** Singular, lower case. */
  readonly stems: readonly string[];
  /** Mean of log(1 + document frequency) of the words; 0 without words. */
  readonly lexicon: number;
  readonly leastWord: number;
  readonly unknownShare: number;
  readonly words: number;
  readonly length: number;
  readonly plural: boolean;
  readonly hasUpper: boolean;
  readonly hasDigit: boolean;
  readonly endsWithDigit: boolean;
  readonly hasDash: boolean;
  readonly hasUnderscore: boolean;
  readonly hasDot: boolean;
  /** Anything beyond letters, digits, dash, underscore and dot. */
  readonly hasOther: boolean;
  readonly camel: boolean;
  readonly allUpper: boolean;
  readonly formatSuffix: boolean;
  readonly protectedWord: boolean;
  readonly vowelless: boolean;
  /** Coarse form such as `a-a0`: what values of one population have in common. */
  readonly form: string;
}

// `/users.json` says no more than `/users`.
const formatSuffix = /\.(json|xml)$/;

export function textFeatures(fullText: string, lexicon: Lexicon): TextFeatures {
  const text = fullText.replace(formatSuffix, '');
  const words = wordsOf(text);
  const stems = words.map(singular);
  let sum = 0;
  let least = words.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  let unknown = 0;
  for (const word of words) {
    const weight = Math.log1p(lexicon.frequency(word));
    sum += weight;
    least = Math.min(least, weight);
    if (weight === 0) unknown++;
  }
  const hasUpper = /[A-Z]/.test(text);
  const hasLower = /[a-z]/.test(text);
  return {
    stems,
    lexicon: words.length === 0 ? 0 : sum / words.length,
    leastWord: least,
    unknownShare: words.length === 0 ? 1 : unknown / words.length,
    words: words.length,
    length: text.length,
    plural: isPlural(words.at(-1) ?? ''),
    hasUpper,
    hasDigit: /\d/.test(text),
    endsWithDigit: /\d$/.test(text),
    hasDash: text.includes('-'),
    hasUnderscore: text.includes('_'),
    hasDot: text.includes('.'),
    hasOther: /[^A-Za-z0-9_.-]/.test(text),
    camel: /[a-z][A-Z]/.test(text),
    allUpper: hasUpper && !hasLower,
    formatSuffix: text.length < fullText.length,
    protectedWord: protectedWords.has(text.toLowerCase()),
    vowelless: hasLower && !/[aeiouyAEIOUY]/.test(text),
    form: text
      .replace(/[a-z]+/g, 'a')
      .replace(/[A-Z]+/g, 'A')
      .replace(/\d+/g, '0')
      .slice(0, 8),
  };
}

/** Text features by text, kept for as long as a host is being decided: routes repeat below every value. */
export class TextCache {
  private readonly known = new Map<string, TextFeatures>();
  private readonly lexicon: Lexicon;

  constructor(lexicon: Lexicon) {
    this.lexicon = lexicon;
  }

  of(text: string): TextFeatures {
    let features = this.known.get(text);
    if (features === undefined) {
      features = textFeatures(text, this.lexicon);
      this.known.set(text, features);
    }
    return features;
  }
}
