// Header fields as the mirror carries them.
import type { Header } from '../protocol/generated/mirror.ts';

/** The value of the first field of that name (lower case), or undefined. Octets as Latin-1, as RFC 9110 §5.5 allows. */
export function headerValue(headers: readonly Header[], name: string): string | undefined {
  for (const header of headers)
    if (header.name.length === name.length && header.name.toLowerCase() === name) return text(header.value);
  return undefined;
}

export function text(value: Uint8Array): string {
  const octets = Buffer.isBuffer(value)
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return octets.toString('latin1');
}

/** `application/json` of `Application/JSON; charset=utf-8`. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
