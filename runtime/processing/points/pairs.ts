// `a=1&b=2`: queries (WHATWG URL §5.1) and forms.
import type { Location } from '../../protocol/generated/findings.ts';
import { maxPairs } from '../limits.ts';
import { decodePercent } from '../request-target.ts';
import { typeOfText } from '../value-type.ts';
import { type PointSink, parameterName } from './point-sink.ts';

export function readPairs(text: string, location: Location, into: PointSink): void {
  for (const [name, value] of pairs(text, into))
    into.add(location, pairName(name), value === '' ? undefined : typeOfText(value), value);
}

/** Percent-decoded, at most `maxPairs`; further ones count as dropped. */
export function* pairs(
  text: string,
  into: Pick<PointSink, 'drop'>,
): Generator<[name: string, value: string]> {
  let from = 0;
  for (let count = 0; from <= text.length && count < maxPairs; count++) {
    const ampersand = text.indexOf('&', from);
    const end = ampersand < 0 ? text.length : ampersand;
    const pair = text.slice(from, end);
    from = end + 1;
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    yield [name, equals < 0 ? '' : decode(pair.slice(equals + 1))];
  }
  if (from < text.length) into.drop();
}

function decode(text: string): string {
  return decodePercent(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** `items[0][price]` → `items[][price]`: an index says nothing about the structure. */
function pairName(name: string): string {
  return parameterName(name.includes('[') ? name.replace(/\[\d+\]/g, '[]') : name);
}
