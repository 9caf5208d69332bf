import type { HeaderSection } from './http1-head.ts';

/** How the end of a message body is found, RFC 9112 §6.3. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' }
  /** The fields contradict each other: a server answers 400 and closes, or somebody is smuggling. */
  | { readonly kind: 'faulty' };

const none: Framing = { kind: 'none' };
const chunked: Framing = { kind: 'chunked' };
const untilClose: Framing = { kind: 'until-close' };
const faulty: Framing = { kind: 'faulty' };

/** Body framing of a request, RFC 9112 §6.3. */
export function requestFraming(section: HeaderSection, minorVersion: number): Framing {
  if (section.transferEncodings.length > 0) {
    // §6.1: Transfer-Encoding in HTTP/1.0 is faulty. §6.3 item 4: a request whose final coding is not chunked too.
    return minorVersion > 0 && endsChunked(section.transferEncodings) ? chunked : faulty;
  }
  if (section.contentLengths.length > 0) return lengthFraming(section.contentLengths);
  return none; // §6.3 item 7
}

/**
 * Body framing of a response, RFC 9112 §6.3.
 *
 * @param requestMethod method of the request it answers; undefined when unknown
 */
export function responseFraming(
  section: HeaderSection,
  status: number,
  requestMethod: string | undefined,
): Framing {
  // §6.3 item 1.
  if (requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304) return none;
  // §6.3 items 3 and 4; an HTTP/1.0 server that sends chunked means it.
  if (section.transferEncodings.length > 0)
    return endsChunked(section.transferEncodings) ? chunked : untilClose;
  if (section.contentLengths.length > 0) return lengthFraming(section.contentLengths);
  return untilClose; // §6.3 item 8
}

/** Is chunked the final transfer coding of the list (RFC 9112 §6.1)? Coding names are case-insensitive (§7). */
function endsChunked(values: readonly string[]): boolean {
  const codings = values
    .join(',')
    .split(',')
    .map(coding => coding.trim().toLowerCase())
    .filter(coding => coding !== '');
  return codings.at(-1) === 'chunked';
}

/** §6.3 item 5: several values of the same number count as one, anything else is faulty. */
function lengthFraming(values: readonly string[]): Framing {
  const [only = ''] = values;
  if (values.length === 1 && /^[0-9]{1,15}$/.test(only)) return knownLength(only);
  const numbers = new Set(
    values
      .join(',')
      .split(',')
      .map(value => value.trim().replace(/^0+(?=[0-9])/, '')),
  );
  const [value] = numbers;
  if (numbers.size !== 1 || value === undefined || !/^[0-9]{1,15}$/.test(value)) return faulty;
  return knownLength(value);
}

function knownLength(digits: string): Framing {
  const bytes = Number(digits);
  return bytes === 0 ? none : { kind: 'length', bytes };
}
