// HAR 1.2: one JSON document, so it is read whole.

import { InputError } from './input-error.ts';
import { open } from './line-reader.ts';
import { type ExchangeRecord, headersOf } from './record.ts';

/** V8 has no longer strings. */
const maxHarBytes = 512 * 1024 * 1024 - 1024;

export function isHar(value: unknown): value is { log: { entries: unknown[] } } {
  const { log } = Object(value) as { log?: { entries?: unknown } };
  return Array.isArray(Object(log).entries);
}

/** The entries of a HAR file. Throws InputError when it is none, or too large. */
export async function readHar(file: string, name: string): Promise<ExchangeRecord[]> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of open(file)) {
    bytes += chunk.length;
    if (bytes > maxHarBytes)
      throw new InputError(
        `${name}: a HAR of more than ${maxHarBytes} bytes; give the exchanges one per line`,
      );
    chunks.push(chunk);
  }
  let document: unknown;
  try {
    document = JSON.parse(
      Buffer.concat(chunks)
        .toString('utf8')
        .replace(/^\ufeff/, ''),
    );
  } catch (error) {
    throw new InputError(`${name}: neither one JSON object per line nor a HAR: ${(error as Error).message}`);
  }
  if (!isHar(document))
    throw new InputError(`${name}: neither one JSON object per line nor a HAR (no log.entries)`);
  return document.log.entries.map((entry, i) => recordOfEntry(entry, `${name}: log.entries[${i}]`));
}

function recordOfEntry(entry: unknown, where: string): ExchangeRecord {
  const { request, response, startedDateTime } = Object(entry) as Record<string, unknown>;
  const { method, url, headers, postData } = Object(request) as Record<string, unknown>;
  const { status, headers: responseHeaders, content } = Object(response) as Record<string, unknown>;
  if (typeof method !== 'string' || typeof url !== 'string')
    throw new InputError(`${where}: request.method and request.url must be texts`);
  const match = /^(https?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(url);
  const requestHeaders = headersOf(headers, where);
  const { mimeType = '', text, params } = Object(postData) as Record<string, unknown>;
  return {
    method: method.toUpperCase(),
    host: match?.[2] ?? '',
    // A data: or blob: URL is no request; admission refuses it as it is.
    path: match === null ? url : match[3] || '/',
    query: match?.[4] ?? '',
    status: typeof status === 'number' && status > 0 ? status : 0,
    requestContentType: headerOf(requestHeaders, 'content-type') ?? String(mimeType),
    responseContentType: headerOf(headersOf(responseHeaders, where), 'content-type') ?? contentType(content),
    headers: requestHeaders,
    body: typeof text === 'string' ? text : Array.isArray(params) ? formOf(params) : undefined,
    timeUs: typeof startedDateTime === 'string' ? Math.max(0, Date.parse(startedDateTime) * 1000) || 0 : 0,
    tls: match?.[1]?.toLowerCase() === 'https',
  };
}

function headerOf(headers: readonly [string, string][], name: string): string | undefined {
  return headers.find(header => header[0].toLowerCase() === name)?.[1];
}

/** `x-unknown` is what browsers write when there was none. */
function contentType(content: unknown): string {
  const { mimeType } = Object(content) as { mimeType?: unknown };
  return typeof mimeType === 'string' && mimeType !== 'x-unknown' ? mimeType : '';
}

function formOf(params: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    params.map(param => {
      const { name, value } = Object(param) as { name?: unknown; value?: unknown };
      return [String(name), value ?? ''];
    }),
  );
}
