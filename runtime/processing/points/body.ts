// A request body: content codings undone within bounds, then read by its media type.
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { Location } from '../../protocol/generated/findings.ts';
import type { Request } from '../../protocol/generated/mirror.ts';
import { headerValue, mediaType } from '../headers.ts';
import { maxContentCodings, maxInflatedBytes } from '../limits.ts';
import { type JsonResult, readJson } from './json-body.ts';
import { readPairs } from './pairs.ts';
import type { ParameterSet } from './parameter-set.ts';

/** What became of a body; one counter each. */
export type BodyResult =
  | JsonResult
  | 'none'
  | 'form'
  | 'other-type'
  | 'truncated'
  | 'unknown-coding'
  | 'bad-coding'
  | 'inflates-too-much'
  | 'not-utf-8';

const jsonType = /^(?:application\/(?:[\w.+-]+\+)?json|text\/json)$/;

export function readBody(request: Request, into: ParameterSet): BodyResult {
  if (request.body.length === 0) return 'none';
  const type = mediaType(headerValue(request.headers, 'content-type'));
  const isJson = jsonType.test(type);
  if (!isJson && type !== 'application/x-www-form-urlencoded') return 'other-type';
  // Half a document gives half a structure, which would look like optional parameters.
  if (request.truncated) return 'truncated';
  const decoded = decodeContent(request.body, headerValue(request.headers, 'content-encoding'));
  if (typeof decoded === 'string') return decoded;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(decoded);
  } catch {
    return 'not-utf-8';
  }
  if (isJson) return readJson(text, into);
  readPairs(text, Location.BODY, into);
  return 'form';
}

type CodingFailure = 'unknown-coding' | 'bad-coding' | 'inflates-too-much';

/** Undoes Content-Encoding (RFC 9110 §8.4), the last applied first. The output is at most `maxInflatedBytes`. */
export function decodeContent(body: Buffer, codings: string | undefined): Buffer | CodingFailure {
  const names = (codings ?? '')
    .split(',')
    .map(name => name.trim().toLowerCase())
    .filter(name => name !== '' && name !== 'identity');
  if (names.length > maxContentCodings) return 'unknown-coding';
  let bytes = body;
  for (const name of names.reverse()) {
    const undo = decoders[name];
    if (undo === undefined) return 'unknown-coding';
    try {
      bytes = undo(bytes);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        ? 'inflates-too-much'
        : 'bad-coding';
    }
  }
  return bytes.length > maxInflatedBytes ? 'inflates-too-much' : bytes;
}

// zlib stops with ERR_BUFFER_TOO_LARGE as soon as the output passes the limit: a bomb costs its limit, not its size.
const bounded = { maxOutputLength: maxInflatedBytes };
const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: bytes => gunzipSync(bytes, bounded),
  'x-gzip': bytes => gunzipSync(bytes, bounded),
  br: bytes => brotliDecompressSync(bytes, bounded),
  zstd: bytes => zstdDecompressSync(bytes, bounded),
  // `deflate` means zlib (RFC 9110 §8.4.1.2), but some clients send it raw.
  deflate: bytes =>
    ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes, bounded) : inflateRawSync(bytes, bounded),
};
