import { access, chmod, constants, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { buildBinary } from './go-build.ts';
import { withLock } from './lock.ts';
import { type Recipe, recipes } from './recipes.ts';

/** Every tool name that `toolPath` takes, in build order. */
export const toolNames: readonly string[] = recipes.flatMap(recipe => Object.keys(recipe.binaries));

/** Where progress goes; standard error unless a caller wants otherwise. */
export type Progress = (line: string) => void;

const toStderr: Progress = line => process.stderr.write(`${line}\n`);

/**
 * The path of a tool's binary, built from Go modules into the cache folder when it is not there yet.
 *
 * Safe to call from several processes at once: one builds, the others wait.
 *
 * @param name one of {@link toolNames}, such as `helm4`, `helm3` or `kube-apiserver`
 * @throws RangeError for an unknown name; BuildError when `go` is missing or the build fails
 */
export async function toolPath(name: string, progress: Progress = toStderr): Promise<string> {
  const recipe = recipeOf(name);
  const folder = join(cacheFolder(), recipe.folder);
  const target = join(folder, name);
  if (await isExecutable(target)) return target;
  await withLock(
    `${folder}.lock`,
    async () => {
      if (!(await isExecutable(target))) await build(recipe, name, folder, progress);
    },
    holder => progress(`${name}: waiting for ${holder}, which is building ${recipe.folder}`),
  );
  return target;
}

/**
 * Builds what is missing of the named tools, in the order of {@link toolNames}; all of them when no name is given.
 *
 * @returns tool name to path
 */
export async function buildTools(
  names: readonly string[] = toolNames,
  progress: Progress = toStderr,
): Promise<ReadonlyMap<string, string>> {
  for (const name of names) recipeOf(name); // an unknown name stops before anything is built
  const built = new Map<string, string>();
  for (const name of toolNames) {
    if (names.includes(name)) built.set(name, await toolPath(name, progress));
  }
  return built;
}

function recipeOf(name: string): Recipe {
  const recipe = recipes.find(candidate => Object.hasOwn(candidate.binaries, name));
  if (!recipe) throw new RangeError(`unknown tool "${name}": expected one of ${toolNames.join(', ')}`);
  return recipe;
}

async function build(recipe: Recipe, name: string, folder: string, progress: Progress): Promise<void> {
  const started = Date.now();
  progress(`${name}: building ${recipe.module}@${recipe.version}`);
  const packagePath = recipe.binaries[name] ?? '';
  const workFolder = await mkdtemp(join(tmpdir(), `cdk8s-wallarm-oob-${name}-`));
  try {
    const binary = await buildBinary(recipe, packagePath, workFolder);
    await chmod(binary, 0o755);
    await mkdir(folder, { recursive: true });
    // The temporary folder may be on another file system: copy beside the target, then rename.
    const beside = join(folder, `.${name}-${process.pid}`);
    await copyFile(binary, beside);
    await rename(beside, join(folder, name));
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
  progress(`${name}: built in ${Math.round((Date.now() - started) / 1000)} s`);
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
