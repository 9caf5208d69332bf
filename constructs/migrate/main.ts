// `npm run migrate-values -- OLD.yaml > NEW.yaml`: values of the 0.10 dialect to today's.
import { readFile } from 'node:fs/promises';
import { InvalidValuesError } from '../values/errors.ts';
import { resolveValues } from '../values/resolve.ts';
import { migrateValues } from './migrate.ts';

const usage = `usage: npm run --silent migrate-values -- OLD.yaml > NEW.yaml

Writes the migrated values to standard output, and one line for each change to standard error.
Exit code: 0 done, 1 done but the chart would still refuse the result (with what is wrong), 2 could not run.
`;

async function main(args: readonly string[]): Promise<number> {
  const [path, ...more] = args;
  if (path === '--help' || path === '-h') {
    process.stdout.write(usage);
    return 0;
  }
  if (path === undefined || more.length > 0) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    const { text, changes } = migrateValues(await readFile(path, 'utf8'));
    process.stdout.write(text);
    for (const change of changes) process.stderr.write(`${change}\n`);
    return await problems(text);
  } catch (error) {
    process.stderr.write(`${path}: ${(error as Error).message}\n`);
    return 2;
  }
}

/** Says what the chart would still refuse. */
async function problems(text: string): Promise<number> {
  const { parse } = await import('yaml');
  try {
    resolveValues(parse(text, { version: '1.1' }));
    return 0;
  } catch (error) {
    if (!(error instanceof InvalidValuesError)) throw error;
    process.stderr.write(`still to be changed:\n${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
