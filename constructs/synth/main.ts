// `npm run synth`: runs `cdk8s synth` and puts what it writes into dist/, beside what other builds keep there
// (cdk8s empties its output directory first).
import { spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartName } from '../version.ts';
import { isInputError, outputs, render } from './app.ts';
import { readSettings } from './settings.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const usage = `usage: npm run synth [-- --output DIR]

Writes plain YAML, a Helm chart and its archive into dist/, or DIR. Environment, as the flags of helm:
  VALUES_FILE   values to use for the plain YAML  (examples/values.yaml)
  RELEASE_NAME  name of the release               (wallarm-ebpf)
  NAMESPACE     namespace of the objects          (wallarm-ebpf)
  KUBE_VERSION  Kubernetes version to check against
  API_VERSIONS  API versions of the cluster, comma-separated
`;

/** What is wrong with the settings or the values, one line for each: known before cdk8s, which takes seconds, is started. */
async function inputProblems(): Promise<string> {
  try {
    await render(process.env);
    return '';
  } catch (error) {
    if (!isInputError(error)) throw error;
    return `${error.message}\n`;
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

function report(dist: string): string {
  const { releaseName, namespace, valuesFile } = readSettings(process.env);
  const at = (path: string) => relative(process.cwd(), join(dist, path));
  // The shipped example takes the token from a Secret; other values may hold it themselves.
  const secret = process.env.VALUES_FILE
    ? ''
    : `
  kubectl create secret generic wallarm-api-token --namespace ${namespace} --from-literal=token="$(openssl rand -hex 32)"`;
  return `wrote
  ${at(outputs.manifest)}  the objects of release ${releaseName} with ${valuesFile}
  ${at(outputs.chart)}/  the Helm chart
  ${at(outputs.archive)}  the same, packed

install one of them (README.md says how the images get to the nodes):
  helm install ${releaseName} ${at(outputs.archive)} --namespace ${namespace} --create-namespace --set config.api.token="$(openssl rand -hex 32)"
or
  kubectl create namespace ${namespace}${secret}
  kubectl apply -f ${at(outputs.manifest)}
then choose the traffic:
  kubectl label namespace NAMESPACE wallarm-mirror=enabled
`;
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
  const wrong = await inputProblems();
  if (wrong !== '') {
    process.stderr.write(wrong);
    return 2;
  }
  const output = await mkdtemp(join(dist, '.synth-'));
  try {
    const { code, problems } = await runCdk8s(output);
    process.stderr.write(problems);
    if (code !== 0) return 2;
    await access(join(output, outputs.archive));
    for (const name of await readdir(output)) await rename(join(output, name), join(dist, name));
  } finally {
    await rm(output, { recursive: true, force: true });
  }
  process.stdout.write(report(dist));
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
