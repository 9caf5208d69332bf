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

/**
 * Words of the last two levels of a name and what up to three neighbours give together, in lower case without
 * diacritics: `billing.cardNumber` → billing, card, number, billingcard, cardnumber, billingcardnumber. A trailing
 * number (`line2`) is also taken off.
 */
export function nameWords(name: string): NameWord[] {
  const levels = name
    .replace(/\[\]/g, '')
    .split(/[.@[\]]/)
    .filter(level => level !== '');
  const words = levels.slice(-2).flatMap(splitWords).slice(-maxWords);
  const found: NameWord[] = [];
  for (let from = 0; from < words.length; from++)
    for (let to = from + 1; to <= Math.min(words.length, from + maxJoined); to++) {
      const text = words.slice(from, to).join('');
      found.push({ text, from, to });
      const bare = text.replace(/\d{1,2}$/, '');
      if (bare !== text) found.push({ text: bare, from, to });
    }
  return found;
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
