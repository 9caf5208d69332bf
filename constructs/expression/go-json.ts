/**
 * JSON as Go's encoding/json writes it, which is what the template function `toJson` yields: keys sorted by their
 * UTF-8 bytes, no spaces, `<`, `>`, `&`, U+2028 and U+2029 escaped. Numbers are printed as JavaScript prints them,
 * which is the same for every double.
 */
export function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
      .map(([key, field]) => `${goString(key)}:${goJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  return typeof value === 'string' ? goString(value) : JSON.stringify(value);
}

function goString(value: string): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
