// One line of NDJSON → an exchange as the mirror carries it, so that the product's own admission and points read it.
import type { Exchange, Header } from '../protocol/generated/mirror.ts';
import { InputError } from './input-error.ts';

/** What a line says; only `method`, `path` and `status` matter for the path, everything else may be missing. */
export interface ExchangeRecord {
  method: string;
  host: string;
  /** Raw, percent-encoded; may carry a query of its own. */
  path: string;
  /** Raw, without `?`. */
  query: string;
  /** 0: no response. */
  status: number;
  requestContentType: string;
  responseContentType: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: unknown;
  /** Microseconds since the Unix epoch; 0 when unknown. */
  timeUs: number;
  tls: boolean;
}

/** Checks the fields of a parsed line. Throws InputError that begins with `where`. */
export function recordOf(value: unknown, where: string): ExchangeRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(
      `${where}: expected an object with method, host, path, status, not ${kindOf(value)}`,
    );
  const fields = value as Record<string, unknown>;
  const host = text(fields.host, 'host', where);
  return {
    method: text(fields.method, 'method', where).toUpperCase(),
    host,
    path: text(fields.path, 'path', where),
    query: queryText(fields.query, where),
    status: statusOf(fields.status, where),
    requestContentType: text(fields.requestContentType, 'requestContentType', where),
    responseContentType: text(fields.responseContentType, 'responseContentType', where),
    headers: headersOf(fields.headers, where),
    body: fields.body,
    timeUs: 0,
    tls: host.endsWith(':443'),
  };
}

function text(value: unknown, name: string, where: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  throw new InputError(`${where}: ${name} is ${kindOf(value)}, expected a string`);
}

/** `a=1&b=2`, with or without `?`; or an object of names and values. */
function queryText(value: unknown, where: string): string {
  if (typeof value !== 'object' || value === null) return text(value, 'query', where).replace(/^\?/, '');
  return formText(value);
}

function statusOf(value: unknown, where: string): number {
  if (value === undefined || value === null) return 0;
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 0 || status > 999)
    throw new InputError(
      `${where}: status is ${jsonText(value).slice(0, 100)}, expected a number such as 200`,
    );
  return status;
}

/** An object of names and values (or lists of values), or a list of `{name, value}`, as HAR has them. */
export function headersOf(value: unknown, where: string): [string, string][] {
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object')
    throw new InputError(`${where}: headers is ${kindOf(value)}, expected an object`);
  if (Array.isArray(value))
    return value.flatMap((header): [string, string][] => {
      const { name, value: content } = Object(header) as { name?: unknown; value?: unknown };
      return typeof name === 'string' && !name.startsWith(':') ? [[name, scalar(content)]] : [];
    });
  return Object.entries(value).flatMap(([name, content]): [string, string][] =>
    (Array.isArray(content) ? content : [content]).map((item): [string, string] => [name, scalar(item)]),
  );
}

const scalar = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : jsonText(value);

/** Empty when it is nested too deeply to be written (some thousand levels): no application sends that. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

function formText(value: object): string {
  return Object.entries(value)
    .flatMap(([name, content]) =>
      (Array.isArray(content) ? content : [content]).map(
        item => `${encodeText(name)}=${encodeText(scalar(item))}`,
      ),
    )
    .join('&');
}

/** A half surrogate pair cannot be encoded. */
const encodeText = (value: string): string => encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'));

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** The exchange that the record describes. */
export function exchangeOf(record: ExchangeRecord): Exchange {
  const { method, host, path, query, status, requestContentType, responseContentType, tls } = record;
  const headers = record.headers.map(([name, value]): Header => ({ name, value: Buffer.from(value) }));
  if (requestContentType !== '' && !hasContentType(record.headers))
    headers.push({ name: 'content-type', value: Buffer.from(requestContentType) });
  const body = bodyOf(record.body, requestContentType);
  return {
    connection: 0,
    timeUs: record.timeUs || 1,
    durationUs: 0,
    client: undefined,
    server: undefined,
    tls,
    protocol: 0,
    request: {
      method,
      target: targetOf(path || '/', query),
      headers,
      body,
      truncated: false,
      authority: host,
    },
    response:
      status === 0
        ? undefined
        : {
            status,
            headers:
              responseContentType === ''
                ? []
                : [{ name: 'content-type', value: Buffer.from(responseContentType) }],
          },
    lostBytes: 0,
    process: undefined,
    workload: undefined,
  };
}

const targetOf = (path: string, query: string): string =>
  query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;

const hasContentType = (headers: ExchangeRecord['headers']): boolean =>
  headers.some(([name]) => name.toLowerCase() === 'content-type');

const none = Buffer.alloc(0);

/** A text is the body itself; anything else is written as its content type says, JSON when that says nothing. */
function bodyOf(body: unknown, contentType: string): Buffer {
  if (body === undefined || body === null) return none;
  if (typeof body === 'string') return Buffer.from(body);
  if (typeof body === 'object' && contentType.startsWith('application/x-www-form-urlencoded'))
    return Buffer.from(formText(body));
  return Buffer.from(jsonText(body));
}
