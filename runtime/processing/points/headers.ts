// Request header fields that say something about the API, and cookies.
import { Location } from '../../protocol/generated/findings.ts';
import type { Header } from '../../protocol/generated/mirror.ts';
import { text } from '../headers.ts';
import { maxCookieCharacters, maxHeaders, maxNameCharacters } from '../limits.ts';
import { typeOfText } from '../value-type.ts';
import { type PointSink, parameterName } from './point-sink.ts';

/** What every client or proxy sends; it tells nothing about the API. Lower case. */
const standardHeaders = new Set([
  ...[
    'accept',
    'accept-charset',
    'accept-encoding',
    'accept-language',
    'host',
    'user-agent',
    'origin',
    'referer',
  ],
  ...[
    'connection',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'expect',
  ],
  ...[
    'content-length',
    'content-type',
    'content-encoding',
    'cache-control',
    'pragma',
    'date',
    'dnt',
    'priority',
  ],
  ...[
    'via',
    'forwarded',
    'upgrade-insecure-requests',
    'save-data',
    'http2-settings',
    'range',
    'max-forwards',
  ],
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range', 'early-data'],
  ...['x-real-ip', 'x-request-id', 'x-correlation-id', 'x-requested-with', 'x-amzn-trace-id', 'cdn-loop'],
  ...['traceparent', 'tracestate', 'baggage', 'b3', 'x-original-forwarded-for', 'x-scheme', 'x-client-ip'],
  ...[
    'grpc-timeout',
    'grpc-encoding',
    'grpc-accept-encoding',
    'true-client-ip',
    'x-original-uri',
    'x-cluster-id',
  ],
]);
const standardPrefixes = [
  'sec-',
  'x-forwarded-',
  'x-b3-',
  'x-envoy-',
  'cf-',
  'x-datadog-',
  'x-amz-cf-',
  'proxy-',
];

export function readHeaders(headers: readonly Header[], into: PointSink): void {
  const count = Math.min(headers.length, maxHeaders);
  for (let index = 0; index < count; index++) {
    const header = headers[index] as Header;
    const name = header.name.toLowerCase();
    if (isStandard(name)) continue;
    if (name === 'cookie') readCookies(text(header.value), into);
    else {
      const value = text(header.value);
      into.add(Location.HEADER, parameterName(name), value === '' ? undefined : typeOfText(value), value);
    }
  }
  if (headers.length > count) into.drop(headers.length - count);
}

/** Names that were asked about before; clients send the same ones over and over. */
const known = new Map<string, boolean>();
const maxKnown = 4096;

function isStandard(name: string): boolean {
  let answer = known.get(name);
  if (answer === undefined) {
    answer = standardHeaders.has(name) || standardPrefixes.some(prefix => name.startsWith(prefix));
    if (name.length <= maxNameCharacters) {
      if (known.size >= maxKnown) known.clear();
      known.set(name, answer);
    }
  }
  return answer;
}

/** RFC 6265 §5.4: `a=1; b=2`. Cookies without a name are skipped. */
function readCookies(cookies: string, into: PointSink): void {
  if (cookies.length > maxCookieCharacters) into.drop();
  for (const cookie of cookies.slice(0, maxCookieCharacters).split(';', 512)) {
    const equals = cookie.indexOf('=');
    const name = cookie.slice(0, Math.max(equals, 0)).trim();
    if (name === '') continue;
    const quoted = cookie.slice(equals + 1).trim();
    const value = /^".*"$/s.test(quoted) ? quoted.slice(1, -1) : quoted;
    into.add(Location.COOKIE, parameterName(name), value === '' ? undefined : typeOfText(value), value);
  }
}
