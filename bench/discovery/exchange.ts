// One line of traffic, as `npm run discover` reads it.

export interface Exchange {
  readonly method: string;
  readonly host: string;
  /** Raw, percent-encoded, without the query. */
  readonly path: string;
  /** Raw, without `?`; '' when there is none. */
  readonly query: string;
  readonly status: number;
  readonly requestContentType: string;
  readonly responseContentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The right answer of a request: index of its operation, or one of these. */
export const noise = -1;
/** Health checks and the like: neither right nor wrong as an endpoint. */
export const neutral = -2;

export interface LabelledExchange {
  readonly exchange: Exchange;
  readonly truth: number;
}

/** Path segments as everyone in the benchmark gets them: decoded once, empty ones dropped. */
export function pathSegments(path: string): string[] {
  const segments: string[] = [];
  for (const part of path.split('/')) {
    if (part === '') continue;
    segments.push(part.includes('%') ? decode(part) : part);
  }
  return segments;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const apiTypes = /^application\/(.*\+)?(json|xml|octet-stream)\b|^text\/xml\b|json/;

/**
 * The admission filter that every contestant runs behind: 2xx, no HEAD or OPTIONS, and an API's response content type.
 * Missing on a 2xx without content is accepted, but not when the path has a file extension.
 */
export function admitted(exchange: Exchange): boolean {
  if (exchange.status < 200 || exchange.status > 299) return false;
  if (exchange.method === 'HEAD' || exchange.method === 'OPTIONS') return false;
  if (exchange.responseContentType === '')
    return !/\.(js|css|png|svg|ico|html?|woff2?|map|php|txt)$/.test(exchange.path);
  return apiTypes.test(exchange.responseContentType) || exchange.responseContentType === '*/*';
}
