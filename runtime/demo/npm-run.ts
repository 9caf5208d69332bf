import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Runs one of this project's npm scripts to its end. */
export function npmRun(script: string): { status: number; output: string } {
  const run = spawnSync('npm', ['run', '--silent', script], {
    cwd: root,
    // Vite would leave compiled code in the folder for temporary files, for good.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const end = run.signal === null ? '' : `npm run ${script} was ended by ${run.signal}`;
  const output = `${run.stdout ?? ''}${run.stderr ?? ''}${run.error?.message ?? ''}${end}`.trim();
  return { status: run.status ?? 1, output };
}
