import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { moduleFolder } from '../tools/go-module.ts';
import { toolPath } from '../tools/tools.ts';
import { versions } from '../tools/versions.ts';
import type { Cluster } from './cluster.ts';
import { installCustomResources } from './custom-resources.ts';
import { statePath } from './layout.ts';
import { kubeconfigPath } from './pki.ts';
import { NodeProcess } from './processes.ts';
import { waitUntil } from './wait.ts';

export const argoNamespace = 'argocd';

const crds = ['application-crd', 'applicationset-crd', 'appproject-crd'];

/** Only what a sync needs; the parts wait for the ports of each other. */
const ports = { redis: 6379, repoServer: 8081, repoServerMetrics: 8184, controllerMetrics: 8182 };

/** Runs Argo CD on the node: the controller, the repository server and Redis; with the default project. */
export async function startArgoCd(cluster: Cluster): Promise<void> {
  const [module, argocd, helm] = await Promise.all([
    moduleFolder('github.com/argoproj/argo-cd/v3', `v${versions.argoCd}`),
    toolPath('argocd'),
    toolPath('helm3'),
  ]);
  const apply = (...args: string[]) =>
    cluster.kubectl(['-n', argoNamespace, 'apply', '--server-side', ...args]);
  await cluster.kubectl(['create', 'namespace', argoNamespace]);
  await installCustomResources(
    cluster,
    crds.map(name => join(module, 'manifests', 'crds', `${name}.yaml`)),
  );
  await apply('-k', join(module, 'manifests', 'base', 'config'));
  await waitUntil('the default project is accepted', () =>
    cluster.kubectl(['-n', argoNamespace, 'apply', '-f', '-'], { input: JSON.stringify(project) }),
  );

  const binaries = statePath('argo', 'bin');
  await mkdir(binaries, { recursive: true });
  // The name by which the binary is called chooses the part; `helm` is what the repository server calls.
  const link = (name: string, target: string) => symlink(target, join(binaries, name));
  await Promise.all([
    link('argocd-repo-server', argocd),
    link('argocd-application-controller', argocd),
    link('helm', helm),
  ]);
  const home = statePath('argo', 'home');
  await mkdir(home, { recursive: true });
  const environment = {
    PATH: `${binaries}:${process.env.PATH}`,
    HOME: home,
    TMPDIR: home,
    KUBECONFIG: kubeconfigPath('admin'),
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_GPG_ENABLED: 'false',
    // Git refuses a repository of another user otherwise; here everything is root's.
    GIT_CONFIG_NOSYSTEM: 'true',
  };
  const start = (name: string, binary: string, args: readonly string[]) =>
    NodeProcess.start(cluster.namespaces, name, binary, args, environment);
  const redis = `127.0.0.1:${ports.redis}`;
  await start('redis', 'redis-server', [
    '--port',
    String(ports.redis),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
  ]);
  await start('argocd-repo-server', join(binaries, 'argocd-repo-server'), [
    '--address=127.0.0.1',
    `--port=${ports.repoServer}`,
    `--metrics-port=${ports.repoServerMetrics}`,
    `--redis=${redis}`,
    '--disable-tls',
  ]);
  await start('argocd-application-controller', join(binaries, 'argocd-application-controller'), [
    `--kubeconfig=${kubeconfigPath('admin')}`,
    `--namespace=${argoNamespace}`,
    `--metrics-port=${ports.controllerMetrics}`,
    `--redis=${redis}`,
    `--repo-server=127.0.0.1:${ports.repoServer}`,
    '--repo-server-plaintext',
    '--app-resync=10',
    '--self-heal-timeout-seconds=1',
  ]);
}

const project = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'default', namespace: argoNamespace },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
};

interface Status {
  readonly sync?: { readonly status?: string };
  readonly health?: { readonly status?: string };
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  readonly operationState?: { readonly phase?: string; readonly message?: string };
  readonly resources?: readonly {
    kind: string;
    name: string;
    status?: string;
    health?: { status: string };
  }[];
}

/** Waits until an Application is Synced and Healthy; the error says which resources are not. */
export async function waitUntilSynced(cluster: Cluster, name: string): Promise<void> {
  await waitUntil(
    `the Application ${name} is Synced and Healthy`,
    async () => {
      const get = ['-n', argoNamespace, 'get', 'application', name, '-o', 'json'];
      const { status = {} } = JSON.parse(await cluster.kubectl(get)) as { status?: Status };
      if (status.sync?.status === 'Synced' && status.health?.status === 'Healthy') return true;
      throw new Error(describe(status));
    },
    { timeoutMs: 240_000, intervalMs: 500 },
  );
}

function describe({ sync, health, conditions = [], operationState, resources = [] }: Status): string {
  const bad = resources
    .filter(({ status, health }) => status !== 'Synced' || (health && health.status !== 'Healthy'))
    .map(({ kind, name, status, health }) => `${kind} ${name} ${status} ${health?.status ?? ''}`);
  const said = conditions.map(({ type, message }) => `${type}: ${message}`);
  return [`${sync?.status} ${health?.status}`, ...said, operationState?.message ?? '', ...bad].join('\n');
}
