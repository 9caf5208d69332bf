// `npm run synth`: runs `cdk8s synth` and puts what it writes into dist/, beside what other builds keep there
// (cdk8s empties its output directory first).
import { spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartName } from '../version.ts';
import { isInputError, outputs, type Rendered, render } from './app.ts';
import { report } from './report.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const usage = `usage: npm run synth [-- --output DIR]

Writes plain YAML, a Helm chart and its archive into dist/, or DIR. Environment, as the flags of helm:
  VALUES_FILE   values to use for the plain YAML  (examples/values.yaml)
  RELEASE_NAME  name of the release               (wallarm-ebpf)
  NAMESPACE     namespace of the objects          (wallarm-ebpf)
  KUBE_VERSION  Kubernetes version to check against
  API_VERSIONS  API versions of the cluster, comma-separated
`;

/** What cdk8s will write, or what is wrong with the settings or values: known before cdk8s, which takes seconds, is started. */
async function inputs(): Promise<{ rendered: Rendered } | { problems: string }> {
  try {
    return { rendered: await render(process.env) };
  } catch (error) {
    if (!isInputError(error)) throw error;
    return { problems: `${error.message}\n` };
  }
}

/** Runs cdk8s. Resolves to its exit code and what the app wrote to standard error. */
function runCdk8s(output: string): Promise<{ code: number; problems: string }> {
  const cli = join(dirname(createRequire(import.meta.url).resolve('cdk8s-cli/package.json')), 'bin', 'cdk8s');
  const args = [cli, 'synth', '--check-upgrade=false', '--output', output];
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stderr.on('data', chunk => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', code => {
      // After the app's own lines cdk8s adds that the app failed, with its stack.
      const [problems = ''] = Buffer.concat(chunks)
        .toString()
        .split(/^Error: command "/m);
      done({ code: code ?? 2, problems });
    });
  });
}

/** Removes what an earlier run wrote: after a failure nothing may be left that looks like its result. */
async function removeOutputs(dist: string): Promise<void> {
  const isOurs = (name: string) =>
    name.endsWith('.k8s.yaml') || (name.startsWith(chartName) && name.endsWith('.tgz'));
  const stale = (await readdir(dist)).filter(isOurs);
  for (const name of ['chart', ...stale]) await rm(join(dist, name), { recursive: true, force: true });
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(usage);
    return 0;
  }
  const [option, value, ...rest] = args;
  if (option !== undefined && (option !== '--output' || !value || rest.length > 0)) {
    process.stderr.write(`unknown arguments ${args.join(' ')}\n\n${usage}`);
    return 2;
  }
  const dist = value ? resolve(value) : join(root, 'dist');
  await mkdir(dist, { recursive: true });
  await removeOutputs(dist);
  const found = await inputs();
  if ('problems' in found) {
    process.stderr.write(found.problems);
    return 2;
  }
  const output = await mkdtemp(join(dist, '.synth-'));
  try {
    const { code, problems } = await runCdk8s(output);
    // Of values without effect this process has warned already.
    if (code !== 0) {
      process.stderr.write(problems);
      return 2;
    }
    await access(join(output, outputs.archive));
    for (const name of await readdir(output)) await rename(join(output, name), join(dist, name));
  } finally {
    await rm(output, { recursive: true, force: true });
  }
  const { settings, values, manifest } = found.rendered;
  const valuesFile = process.env.VALUES_FILE || undefined;
  process.stdout.write(report({ settings, valuesFile, values, manifest, dist }));
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
