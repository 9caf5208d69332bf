// `npm run generate`: writes the generated documentation; with --check, says what is stale instead.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generated } from './generated.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

async function main(isCheck: boolean): Promise<number> {
  const stale: string[] = [];
  for (const [path, content] of Object.entries(generated())) {
    const target = join(root, path);
    const current = await readFile(target, 'utf8').catch(() => undefined);
    if (current === content) continue;
    if (isCheck) stale.push(path);
    else await writeFile(target, content);
  }
  for (const path of stale) process.stderr.write(`${path} is stale: run "npm run generate"\n`);
  return stale.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.includes('--check'));
