// Standard input is read twice, as a file is: first to learn, then to assign.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Copies a stream to a file of its own, which goes when the process ends. */
export async function spool(input: Readable): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'oob-discover-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'input');
  await pipeline(input, createWriteStream(file, { mode: 0o600 }));
  return file;
}
