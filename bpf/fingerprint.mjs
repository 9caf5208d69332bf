// Tells whether dist/bpf is of these sources: for the build, and for the agent in a checkout.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Of all sources, by content: copies and checkouts change times. */
export function fingerprint() {
  const hash = createHash('sha256');
  const paths = readdirSync(here, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(c|cc|h|mjs)$/.test(entry.name))
    .map(entry => join(entry.parentPath ?? entry.path, entry.name));
  for (const path of paths.sort()) hash.update(relative(here, path)).update('\0').update(readFileSync(path));
  return hash.digest('hex');
}
