// What a value is made of, worked out once for all patterns.

export interface ValueForm {
  /** Without surrounding white space. */
  text: string;
  /** Digits only, in order. */
  digits: string;
  letters: number;
  /** Characters that are neither letter nor digit: space, `-`, `.`, … */
  others: number;
  hasLower: boolean;
  hasUpper: boolean;
  hasSpace: boolean;
}

/** Longer values are examined by their beginning only where a pattern says so. */
export const maxExaminedCharacters = 4096;

export function formOf(value: string): ValueForm {
  const text = (value.length > maxExaminedCharacters ? value.slice(0, maxExaminedCharacters) : value).trim();
  const form: ValueForm = {
    text,
    digits: '',
    letters: 0,
    others: 0,
    hasLower: false,
    hasUpper: false,
    hasSpace: false,
  };
  // No number that is looked for has more digits than fit into the first 128 characters.
  const end = Math.min(text.length, 128);
  let from = -1;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) {
      if (from < 0) from = at;
      continue;
    }
    if (from >= 0) {
      form.digits += text.slice(from, at);
      from = -1;
    }
    if (code >= 0x61 && code <= 0x7a) {
      form.letters++;
      form.hasLower = true;
    } else if (code >= 0x41 && code <= 0x5a) {
      form.letters++;
      form.hasUpper = true;
    } else if (code > 0x7f) form.letters++;
    else {
      form.others++;
      if (code === 0x20) form.hasSpace = true;
    }
  }
  if (from >= 0) form.digits += from === 0 && end === text.length ? text : text.slice(from, end);
  return form;
}
