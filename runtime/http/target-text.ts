import { isUtf8 } from 'node:buffer';

/** A request target as text: valid UTF-8 as it is; of anything else the octets above 0x7f are percent-encoded, so that none is lost. */
export function targetText(octets: Buffer, start = 0, end = octets.length): string {
  const text = octets.toString('utf8', start, end);
  // The character that stands for what is no UTF-8 may have been sent too.
  if (!text.includes('\ufffd') || isUtf8(octets.subarray(start, end))) return text;
  return octets
    .toString('latin1', start, end)
    .replace(/[\x80-\xff]/g, character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
