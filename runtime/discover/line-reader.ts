// Lines of a file in bounded memory, gzip undone. Bytes are decoded per line, so a chunk boundary never cuts a character.
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from './input-error.ts';

/** A longer line is an error: no exchange needs it, and memory stays bounded. */
export const maxLineBytes = 64 * 1024 * 1024;

const lineFeed = 10;
const carriageReturn = 13;
const byteOrderMark = '\ufeff';

/** Arrays of lines without their line ends, in order. The last line need not end. Throws InputError on an over-long one. */
export async function* readLines(file: string): AsyncGenerator<string[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let line = 1;
  for await (const chunk of open(file)) {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      const part = chunk.subarray(from, end);
      lines.push(decode(rest.length === 0 ? part : Buffer.concat([...rest, part]), line++));
      rest = [];
      restBytes = 0;
      from = end + 1;
    }
    if (from < chunk.length) {
      rest.push(chunk.subarray(from));
      restBytes += chunk.length - from;
      if (restBytes > maxLineBytes)
        throw new InputError(`${file}:${line}: the line is longer than ${maxLineBytes} bytes`);
    }
    if (lines.length > 0) yield lines;
  }
  if (restBytes > 0) yield [decode(Buffer.concat(rest), line)];
}

function decode(bytes: Buffer, line: number): string {
  const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
  const text = bytes.toString('utf8', 0, end);
  return line === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

/** Bytes of a file, decompressed when they begin as gzip does (RFC 1952 §2.3.1). */
export function open(file: string): AsyncIterable<Buffer> {
  const raw = createReadStream(file, { highWaterMark: 1024 * 1024 });
  if (!beginsAsGzip(file)) return raw;
  // An error of either stream ends the iteration with it.
  return pipeline(raw, createGunzip({ chunkSize: 256 * 1024 }), () => {});
}

function beginsAsGzip(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const start = Buffer.alloc(2);
    return readSync(descriptor, start, 0, 2, 0) === 2 && start[0] === 0x1f && start[1] === 0x8b;
  } finally {
    closeSync(descriptor);
  }
}
