// Argo CD installs the product as examples/ says, from committed manifests and from the chart in a registry, and
// cert-manager issues the certificates that its pods then use. Needs root.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { expect } from 'chai';
import { parse } from 'yaml';
import { alertGroups } from '../../constructs/alerts.ts';
import { dashboard } from '../../constructs/dashboard.ts';
import { render } from '../../constructs/synth/app.ts';
import { buildImages } from '../../runtime/images/build-images.ts';
import { checkout } from '../../runtime/images/services.ts';
import { argoNamespace, startArgoCd, waitUntilSynced } from '../cluster/argo-cd.ts';
import { startCertManager } from '../cluster/cert-manager.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { command } from '../cluster/command.ts';
import { statePath } from '../cluster/layout.ts';
import { lastLines, NodeProcess } from '../cluster/processes.ts';
import { waitUntil } from '../cluster/wait.ts';
import { toolPath } from '../tools/tools.ts';
import { diagnose } from './cluster-diagnosis.ts';

const namespace = 'wallarm-ebpf';
const registry = '127.0.0.1:5000';
const application = 'wallarm-oob';

// biome-ignore lint/suspicious/noExplicitAny: Kubernetes objects as plain JSON
type KubernetesObject = any;

const example = async (path: string): Promise<KubernetesObject> =>
  parse(await readFile(join(checkout, 'examples', path), 'utf8'));

describe('the product under Argo CD', function () {
  this.timeout(600_000);
  // Each step builds on the one before.
  this.bail(true);
  let cluster: Cluster;
  const durations: [string, number][] = [];

  async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      durations.push([name, performance.now() - started]);
    }
  }

  before('start a cluster with Argo CD, cert-manager and a registry', async () => {
    const outputDir = join(checkout, 'dist', 'images', 'archives');
    const building = timed('build images', () => buildImages({ localBase: true, outputDir }));
    const starting = timed('start cluster', () => startCluster());
    await Promise.allSettled([building, starting]);
    cluster = await starting;
    for (const { archive } of await building) await cluster.loadImage(archive ?? '');
    await timed('start cert-manager', () => startCertManager(cluster));
    await timed('start Argo CD', () => startArgoCd(cluster));
    await NodeProcess.start(cluster.namespaces, 'registry', await toolPath('registry'), ['-port', '5000']);
    await cluster.kubectl(['create', 'namespace', namespace]);
    await apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'wallarm-api-token', namespace },
      stringData: { token: 'a-token-of-the-gitops-test-0123456789' },
    });
  });

  afterEach('say what the cluster looked like', async function () {
    if (!this.currentTest?.isFailed() || !cluster) return;
    process.stderr.write(await diagnose(cluster, namespace));
    for (const name of ['argocd-repo-server', 'argocd-application-controller', 'cert-manager'])
      process.stderr.write(`── ${name}\n${await lastLines(name)}\n`);
  });

  after('print how long everything took', async () => {
    await cluster?.stop();
    for (const [name, ms] of durations)
      process.stdout.write(`${(ms / 1000).toFixed(2).padStart(8)} s  ${name}\n`);
  });

  const apply = (object: object) => cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });

  /** Compares anew, with nothing cached, and finds nothing to do. */
  async function expectNoDrift(): Promise<void> {
    const { metadata } = JSON.parse(await get());
    await cluster.kubectl([
      '-n',
      argoNamespace,
      'annotate',
      'application',
      application,
      'argocd.argoproj.io/refresh=hard',
    ]);
    // Argo CD removes the annotation when it has compared.
    await waitUntil('Argo CD has compared anew', async () => {
      const { metadata: now } = JSON.parse(await get());
      return now.annotations?.['argocd.argoproj.io/refresh'] === undefined;
    });
    const { status, metadata: now } = JSON.parse(await get());
    expect(status.sync.status).to.equal('Synced');
    const outOfSync = status.resources.filter((each: KubernetesObject) => each.status !== 'Synced');
    expect(outOfSync).to.deep.equal([]);
    expect(now.generation - metadata.generation).to.be.lessThan(5);
  }

  const get = () => cluster.kubectl(['-n', argoNamespace, 'get', 'application', application, '-o', 'json']);

  async function remove(): Promise<void> {
    const finalizers = { metadata: { finalizers: ['resources-finalizer.argocd.argoproj.io'] } };
    const target = ['-n', argoNamespace, 'patch', 'application', application, '--type=merge'];
    await cluster.kubectl([...target, '-p', JSON.stringify(finalizers)]);
    await cluster.kubectl(['-n', argoNamespace, 'delete', 'application', application, '--timeout=240s']);
  }

  it('is installed from committed manifests, and Argo CD sees no drift', async () => {
    const repository = statePath('manifests');
    await mkdir(join(repository, 'wallarm-oob'), { recursive: true });
    const { manifest } = await render({ VALUES_FILE: join(checkout, 'examples/values.yaml') });
    await writeFile(join(repository, 'wallarm-oob', 'wallarm-oob.k8s.yaml'), manifest);
    const git = (...args: string[]) =>
      command('git', [
        '-C',
        repository,
        '-c',
        'user.name=Test',
        '-c',
        'user.email=test@example.com',
        ...args,
      ]);
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '.');
    await git('commit', '--quiet', '--message=Render');

    const manifests = await example('argocd-manifests/application.yaml');
    manifests.spec.source.repoURL = `file://${repository}`;
    await apply(manifests);
    await timed('manifests Synced and Healthy', () => waitUntilSynced(cluster, application));
    await expectNoDrift();
    await timed('manifests removed', remove);
  });

  it('is installed from the chart in a registry, with certificates, and Argo CD sees no drift', async () => {
    const folder = join(checkout, 'dist');
    await cluster.helm([
      'push',
      join(folder, 'wallarm-oob-0.1.0.tgz'),
      `oci://${registry}/charts`,
      '--plain-http',
    ]);
    const oci = await example('argocd-oci/application.yaml');
    oci.spec.source.repoURL = `oci://${registry}/charts/wallarm-oob`;
    oci.spec.source.helm.valuesObject.config.mutualTLS = true;
    oci.spec.source.helm.valuesObject.config.connector = {
      certificate: { enabled: true, certManager: { enabled: true } },
    };
    await apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'registry',
        namespace: argoNamespace,
        labels: { 'argocd.argoproj.io/secret-type': 'repository' },
      },
      // The registry of the test has no TLS.
      stringData: { type: 'oci', url: oci.spec.source.repoURL, insecureOCIForceHttp: 'true' },
    });
    await apply(oci);
    await timed('chart Synced and Healthy', () => waitUntilSynced(cluster, application));
    await expectNoDrift();
  });

  it('has certificates of its own issuer, which its pods use', async () => {
    const certificates = ['-n', namespace, 'get', 'certificates.cert-manager.io', '-o', 'json'];
    const { items } = JSON.parse(await cluster.kubectl(certificates)) as { items: KubernetesObject[] };
    const ready = items.map(({ metadata, status }) => [
      metadata.name,
      status.conditions.find((each: KubernetesObject) => each.type === 'Ready')?.status,
    ]);
    expect(Object.fromEntries(ready)).to.deep.equal({
      'wallarm-ebpf-wallarm-oob-processing-root-cert': 'True',
      'wallarm-ebpf-wallarm-oob-processing': 'True',
      'wallarm-ebpf-wallarm-oob-aggregation': 'True',
      'wallarm-ebpf-wallarm-oob-agent-client': 'True',
    });
    // What a client without the agent's certificate is told, and what one without any TLS of ours would see.
    const { stdout } = await handshake('processing', 18_443);
    expect(stdout).to.match(/issuer=.*ca\.wallarm\.oob-ebpf/);
    expect(stdout).to.include('Acceptable client certificate CA names');
    expect((await handshake('aggregation', 3313)).stdout).to.match(/issuer=.*ca\.wallarm\.oob-ebpf/);
    await waitUntil('the agent is connected to processing', async () =>
      /^oob_processing_agents(\{[^}]*\})? 1$/m.test(await metricsOf('processing')),
    );
  });

  it('serves the metrics that the alerts and the dashboard ask for', async () => {
    const served = await Promise.all(['agent', 'processing', 'aggregation', 'cloud'].map(metricsOf));
    const names = new Set(served.join('\n').match(/oob_[a-z_]+/g));
    const asked = `${JSON.stringify(alertGroups('x'))} ${JSON.stringify(dashboard())}`.match(/oob_[a-z_]+/g);
    expect(asked?.length).to.be.greaterThan(8);
    expect(asked?.filter(name => !names.has(name))).to.deep.equal([]);
  });

  async function metricsOf(component: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/pods/${await podOf(component)}:9090/proxy/metrics`;
    return cluster.kubectl(['get', '--raw', path]);
  }

  async function podOf(component: string): Promise<string> {
    const select = [
      '-l',
      `app.kubernetes.io/component=${component}`,
      '-o',
      'jsonpath={.items[0].metadata.name}',
    ];
    return cluster.kubectl(['-n', namespace, 'get', 'pods', ...select]);
  }

  async function handshake(component: string, port: number): Promise<{ stdout: string }> {
    const service = ['-n', namespace, 'get', 'service', `wallarm-ebpf-wallarm-oob-${component}`];
    const address = await cluster.kubectl([...service, '-o', 'jsonpath={.spec.clusterIP}']);
    const script = `openssl s_client -connect ${address}:${port} -tls1_3 </dev/null 2>&1 || true`;
    return { stdout: await cluster.run('sh', ['-c', script], { timeoutMs: 20_000 }) };
  }

  it('is removed with its Application', async () => {
    await timed('chart removed', remove);
    const left = await cluster.kubectl(['-n', namespace, 'get', 'all', '-o', 'name']);
    expect(left.trim()).to.equal('');
  });
});
