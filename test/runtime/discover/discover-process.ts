import { spawn } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../../runtime/discover/main.ts');

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `npm run discover -- …` as npm does, with the Node that runs the tests. */
export function discover(args: readonly string[], input: string | Buffer = ''): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args]);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      err += text;
    });
    child.once('error', reject);
    child.once('close', code => resolve({ code, out, err }));
    // A program that refuses its arguments does not read.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
