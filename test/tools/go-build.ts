import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Recipe } from './recipes.ts';

const linesKept = 40;

/** `go` is missing, or a build failed; the message holds the command and the last lines it printed. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}

/**
 * Builds one binary of a recipe and returns its path inside `workFolder`.
 *
 * @throws BuildError when `go` is missing or fails
 */
export async function buildBinary(recipe: Recipe, packagePath: string, workFolder: string): Promise<string> {
  const binFolder = join(workFolder, 'bin');
  await mkdir(binFolder, { recursive: true });
  const flags = ['-p', '2', '-ldflags', linkerFlags(recipe)];
  if (recipe.how === 'install') {
    await go(['install', ...flags, `${packagePath}@${recipe.version}`], workFolder, { GOBIN: binFolder });
    return join(binFolder, binaryName(packagePath));
  }
  const moduleFolder = join(workFolder, 'wrapper');
  const output = join(binFolder, binaryName(packagePath));
  if (recipe.how === 'program') await writeProgram(recipe, packagePath, moduleFolder);
  else await writeWrapper(recipe, moduleFolder);
  await go(['build', ...flags, '-o', output, packagePath], moduleFolder);
  return output;
}

function linkerFlags(recipe: Recipe): string {
  const variables = Object.entries(recipe.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return ['-s', '-w', ...variables].join(' ');
}

/** `go install` names a binary after the last path element that is not a major version. */
function binaryName(packagePath: string): string {
  return basename(packagePath.replace(/\/v\d+$/, ''));
}

/**
 * A module that requires the recipe's module and repeats its `replace` lines, which count only in a main module. Local
 * ones become released versions: the modules that Kubernetes keeps under ./staging are published with the same minor
 * and patch number, as v0.MINOR.PATCH.
 */
async function writeWrapper(recipe: Recipe, folder: string): Promise<void> {
  const goMod = join(folder, 'go.mod');
  await mkdir(folder, { recursive: true });
  if (await exists(goMod)) return;
  const source = await moduleGoMod(recipe, folder);
  const released = recipe.version.replace(/^v1\./, 'v0.');
  const staged = [...source.matchAll(/^\s*(?:replace\s+)?(\S+)\s+=>\s+\.\/staging\/\S+$/gm)].map(
    ([, path]) => `${path} => ${path} ${released}`,
  );
  const remote = [...source.matchAll(/^\s*(?:replace\s+)?(\S+(?: v\S+)? => [^\s.]\S* v\S+)/gm)].map(
    ([, line]) => line,
  );
  const lines = [
    'module wrapper.invalid/tools',
    '',
    `go ${goVersion(source)}`,
    '',
    `require ${recipe.module} ${recipe.version}`,
    '',
    ...[...staged, ...remote].map(line => `replace ${line}`),
  ];
  const imports = Object.values(recipe.binaries).map(path => `import _ "${path}"`);
  await writeFile(
    join(folder, 'tools.go'),
    ['//go:build tools', '', 'package tools', '', ...imports, ''].join('\n'),
  );
  await writeFile(goMod, `${lines.join('\n')}\n`);
  await go(['mod', 'tidy'], folder);
}

/** The program beside this file that is named as the recipe's only binary, as a module of its own. */
async function writeProgram(recipe: Recipe, packagePath: string, folder: string): Promise<void> {
  const [name = ''] = Object.keys(recipe.binaries);
  await mkdir(folder, { recursive: true });
  await copyFile(new URL(`${name}/main.go`, import.meta.url), join(folder, 'main.go'));
  const version = goVersion(await moduleGoMod(recipe, folder));
  const lines = [
    `module ${packagePath}`,
    '',
    `go ${version}`,
    '',
    `require ${recipe.module} ${recipe.version}`,
    '',
  ];
  await writeFile(join(folder, 'go.mod'), lines.join('\n'));
  await go(['mod', 'tidy'], folder);
}

function goVersion(goMod: string): string {
  return /^go\s+(\S+)$/m.exec(goMod)?.[1] ?? '1.24';
}

async function moduleGoMod(recipe: Recipe, folder: string): Promise<string> {
  const printed = await go(['mod', 'download', '-json', `${recipe.module}@${recipe.version}`], folder);
  const { GoMod: path } = JSON.parse(printed) as { GoMod?: string };
  if (!path)
    throw new BuildError(`go mod download ${recipe.module}@${recipe.version} named no go.mod:\n${printed}`);
  return readFile(path, 'utf8');
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

/** Runs `go`, politely; returns what it wrote to standard output. */
function go(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('nice', ['-n', '5', 'go', ...args], {
      cwd,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GOWORK: 'off', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let tail: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      tail = (tail.join('\n') + chunk).split('\n').slice(-linesKept);
    });
    child.on('error', error => reject(new BuildError(`cannot run nice and go: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      if (code === 127) {
        return reject(
          new BuildError(
            'go was not found on PATH: the test tools are built from Go modules; install Go (https://go.dev/dl), ' +
              'at least the version that k8s.io/kubernetes names in its go.mod',
          ),
        );
      }
      reject(
        new BuildError(`go ${args.join(' ')} ended with ${signal ?? code} in ${cwd}:\n${tail.join('\n')}`),
      );
    });
  });
}
