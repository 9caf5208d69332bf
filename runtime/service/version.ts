import { readFileSync } from 'node:fs';

/** Product version, from runtime/package.json. */
export const version: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;
