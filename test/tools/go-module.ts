import { execFile } from 'node:child_process';
import { BuildError } from './go-build.ts';

/**
 * The folder of a Go module's files in Go's module cache, downloaded when it is not there: for the data that some
 * modules carry, such as published schemas.
 *
 * @param version with its `v`
 * @throws BuildError when `go` is missing or the module cannot be had
 */
export function moduleFolder(module: string, version: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = ['mod', 'download', '-json', `${module}@${version}`];
    // Outside any module, so that no go.mod has a say in the version.
    const options = {
      cwd: '/',
      env: { ...process.env, GOFLAGS: '-mod=mod', GOWORK: 'off' },
      timeout: 300_000,
    };
    execFile('go', args, options, (error, stdout, stderr) => {
      const { Dir: folder, Error: problem } = parse(stdout);
      if (folder) resolve(folder);
      else reject(new BuildError(`go ${args.join(' ')}: ${problem ?? (stderr || error?.message)}`));
    });
  });
}

function parse(text: string): { Dir?: string; Error?: string } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
