import { relative } from 'node:path';
import type { Values } from '../values/schema.ts';
import { outputs } from './app.ts';
import type { Settings } from './settings.ts';

/** What {@link report} is about. */
export interface Synthesis {
  readonly settings: Settings;
  /** The file that the user named; undefined for the shipped example. */
  readonly valuesFile: string | undefined;
  readonly values: Values;
  /** The plain YAML. */
  readonly manifest: string;
  /** Folder that was written. */
  readonly dist: string;
}

const token = '"$(openssl rand -hex 32)"';

/** What `npm run synth` prints at its end: what was written, and commands that install just that. */
export function report({ settings, valuesFile, values, manifest, dist }: Synthesis): string {
  const { releaseName, namespace } = settings;
  const at = (path: string) => relative(process.cwd(), `${dist}/${path}`);
  const { existingSecret } = values.config.api;
  const createNamespace = `  kubectl create namespace ${namespace}\n`;
  const createSecret = existingSecret.enabled
    ? `  kubectl create secret generic ${existingSecret.secretName} --namespace ${namespace} --from-literal=${existingSecret.secretKey}=${token}\n`
    : '';
  const isLocal = /^\s*image: "?localhost\//m.test(manifest);
  // With the example's own values helm needs no Secret.
  const helmValues = valuesFile ? `-f ${quoted(valuesFile)}` : `--set config.api.token=${token}`;
  const registry = isLocal ? ' --set global.imageRegistry=registry.example.com/oob' : '';
  const helmInstall = `  helm install ${releaseName} ${at(outputs.archive)} --namespace ${namespace} --create-namespace ${helmValues}${registry}\n`;
  return [
    `wrote
  ${at(outputs.manifest)}  the objects of release ${releaseName} with ${settings.valuesFile}
  ${at(outputs.chart)}/  the Helm chart
  ${at(outputs.archive)}  the same, packed
`,
    isLocal
      ? `
the images are not published: build them and push them to a registry of yours first, here registry.example.com/oob, which the
plain YAML takes from global.imageRegistry in its values (without a registry: README.md says how they get to the nodes):
  npm run images -- --registry registry.example.com/oob/cdk8s-wallarm-oob --push
`
      : '',
    `
install one of them:
${valuesFile && createSecret ? createNamespace + createSecret : ''}${helmInstall}or
${createNamespace}${createSecret}  kubectl apply -f ${at(outputs.manifest)}
`,
    values.config.agent.mirror.allNamespaces
      ? ''
      : `then choose the traffic, such as all of a namespace called shop:
  kubectl label namespace shop wallarm-mirror=enabled
`,
  ].join('');
}

/** As one word of a shell. */
function quoted(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
