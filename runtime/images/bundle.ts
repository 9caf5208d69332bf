import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { checkout, contextFolder, type ServiceImage } from './services.ts';

/** CommonJS dependencies inside an ES module call `require` and read `__dirname`. */
const banner = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');

/** service/version.ts reads runtime/package.json, which is not beside a bundle: the version is written into it. */
const fixedVersion: Plugin = {
  name: 'fixed-version',
  setup({ onLoad }) {
    onLoad({ filter: /\/runtime\/service\/version\.ts$/ }, async () => {
      const { version } = JSON.parse(await readFile(join(checkout, 'runtime', 'package.json'), 'utf8'));
      return { contents: `export const version = ${JSON.stringify(version)};`, loader: 'ts' };
    });
  },
};

/** A thread is a program of its own: `new Worker(new URL('./NAME.ts', …))` becomes `./NAME.js`, a bundle beside the main one. */
function threadsOf(found: Set<string>): Plugin {
  const start = /new Worker\(new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\)/g;
  return {
    name: 'threads',
    setup({ onLoad }) {
      onLoad({ filter: /\/runtime\/.+\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (!source.includes('new Worker(')) return undefined;
        const contents = source.replace(start, (_, name: string) => {
          found.add(join(dirname(path), `${name}.ts`));
          return `new Worker(new URL('./${name}.js', import.meta.url)`;
        });
        return { contents, loader: 'ts' };
      });
    },
  };
}

/**
 * Bundles a service into `folder`: `main.js` and its threads, their source maps, the licences of what is inside, and a
 * package.json.
 *
 * @throws esbuild's errors, with file and line
 */
export async function bundleService(service: ServiceImage, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const threads = new Set<string>();
  await bundle(service.entry, join(folder, 'main.js'), threads);
  // A thread may start others: the set grows while it is read.
  for (const thread of threads) await bundle(thread, join(folder, `${basename(thread, '.ts')}.js`), threads);
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ type: 'module' })}\n`);
}

async function bundle(entry: string, outfile: string, threads: Set<string>): Promise<void> {
  await build({
    absWorkingDir: checkout,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: banner },
    // Names of classes and functions stay readable in stack traces and logs.
    minify: false,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'linked',
    external: ['*.node'],
    plugins: [fixedVersion, threadsOf(threads)],
    logLevel: 'silent', // the error that is thrown says it all
  });
}

/**
 * Prepares `dist/images/<service>/`, the build context of an image: the bundle, and the assets beside it. Replaces
 * what was there.
 *
 * @returns the folder
 * @throws Error naming the asset that is missing and the npm script that makes it, or esbuild's errors
 */
export async function prepareContext(service: ServiceImage): Promise<string> {
  const folder = contextFolder(service.name);
  const app = join(folder, 'app');
  await rm(folder, { recursive: true, force: true });
  await bundleService(service, app);
  for (const asset of service.assets) {
    const from = join(checkout, asset.from);
    await stat(from).catch(() => {
      throw new Error(
        `the image of ${service.name} needs ${asset.from}, which is not there: run npm run ${asset.builtBy}`,
      );
    });
    const to = join(app, asset.to);
    await mkdir(dirname(to), { recursive: true });
    await cp(from, to, { recursive: true });
  }
  // An empty folder that the Dockerfile copies with the service's owner, so that no RUN is needed.
  await mkdir(join(folder, 'data'), { recursive: true });
  return folder;
}
