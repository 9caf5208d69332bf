// Content codings undone within bounds.
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { maxContentCodings, maxInflatedBytes, maxInflation } from '../limits.ts';

export type CodingFailure = 'unknown-coding' | 'bad-coding' | 'inflates-too-much';

/** Small bodies may inflate by any ratio up to this. */
const ratioFloorBytes = 64 * 1024;

/** Undoes Content-Encoding (RFC 9110 §8.4), the last applied first. The output is at most `maxInflatedBytes`. */
export function decodeContent(body: Buffer, codings: string | undefined): Buffer | CodingFailure {
  if (codings === undefined) return body.length > maxInflatedBytes ? 'inflates-too-much' : body;
  const names = codings
    .slice(0, 256)
    .split(',')
    .map(name => name.trim().toLowerCase())
    .filter(name => name !== '' && name !== 'identity');
  if (names.length > maxContentCodings) return 'unknown-coding';
  let bytes = body;
  for (const name of names.reverse()) {
    const undo = decoders.get(name);
    if (undo === undefined) return 'unknown-coding';
    try {
      // zlib stops with ERR_BUFFER_TOO_LARGE as soon as the output passes the limit: a bomb costs its limit, not its
      // size, and the ratio keeps that in proportion to what was sent.
      const allowed = Math.max(ratioFloorBytes, bytes.length * maxInflation);
      bytes = undo(bytes, { maxOutputLength: Math.min(maxInflatedBytes, allowed) });
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        ? 'inflates-too-much'
        : 'bad-coding';
    }
  }
  return bytes.length > maxInflatedBytes ? 'inflates-too-much' : bytes;
}

type Undo = (bytes: Buffer, bound: { maxOutputLength: number }) => Buffer;

const decoders: ReadonlyMap<string, Undo> = new Map<string, Undo>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['br', brotliDecompressSync],
  ['zstd', zstdDecompressSync],
  // `deflate` means zlib (RFC 9110 §8.4.1.2), but some clients send it raw.
  [
    'deflate',
    (bytes, bound) =>
      ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes, bound) : inflateRawSync(bytes, bound),
  ],
]);
