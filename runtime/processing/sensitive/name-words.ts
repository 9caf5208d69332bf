// The words of a parameter's name, by which context is recognised.

/** Words that are joined: `card.number` has `card`, `number` and `cardnumber`. */
const maxJoined = 3;
const maxWords = 12;

/** One word, or neighbours joined: those from `from` to before `to`. */
export interface NameWord {
  text: string;
  from: number;
  to: number;
}

export interface NameWords {
  words: readonly NameWord[];
  /** Where the last level of the name begins, and where the name ends. */
  lastLevel: number;
  end: number;
}

/**
 * Words of the last two levels of a name and what up to three neighbours give together, in lower case without
 * diacritics: `billing.cardNumber` → billing, card, number, billingcard, cardnumber, billingcardnumber. A trailing
 * number (`line2`) is also taken off.
 */
export function nameWords(name: string): NameWords {
  const levels = name
    .replace(/\[\]/g, '')
    .split(/[.@[\]]/)
    .filter(level => level !== '');
  const [parent = [], last = []] =
    levels.length > 1 ? levels.slice(-2).map(splitWords) : [[], levels.flatMap(splitWords)];
  const all = [...parent.slice(-maxWords), ...last.slice(0, maxWords)];
  const words: NameWord[] = [];
  for (let from = 0; from < all.length; from++)
    for (let to = from + 1; to <= Math.min(all.length, from + maxJoined); to++) {
      const text = all.slice(from, to).join('');
      words.push({ text, from, to });
      const bare = text.replace(/\d{1,2}$/, '');
      if (bare !== text) words.push({ text: bare, from, to });
    }
  return { words, lastLevel: all.length - Math.min(last.length, maxWords), end: all.length };
}

/** `phoneNumber`, `phone_number` and `PHONE-NUMBER` are the same two words. */
export function splitWords(text: string): string[] {
  return text
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter(word => word !== '');
}
