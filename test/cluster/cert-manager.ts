import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { moduleFolder } from '../tools/go-module.ts';
import { toolPath } from '../tools/tools.ts';
import { versions } from '../tools/versions.ts';
import type { Cluster } from './cluster.ts';
import { installCustomResources } from './custom-resources.ts';
import { kubeconfigPath } from './pki.ts';
import { NodeProcess } from './processes.ts';

/** Installs cert-manager's custom resources and runs its controllers on the node. */
export async function startCertManager(cluster: Cluster): Promise<NodeProcess> {
  const module = await moduleFolder('github.com/cert-manager/cert-manager', `v${versions.certManager}`);
  const folder = join(module, 'deploy', 'crds');
  const names = (await readdir(folder)).filter(name => name.endsWith('.yaml'));
  await installCustomResources(
    cluster,
    names.map(name => join(folder, name)),
  );
  await cluster.kubectl(['create', 'namespace', 'cert-manager']);
  const binary = await toolPath('cert-manager');
  return NodeProcess.start(cluster.namespaces, 'cert-manager', binary, [kubeconfigPath('admin')]);
}
