// Each example is run. Those of Argo CD also run in a cluster: test/e2e/cluster-gitops.root.test.ts.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Chart, Testing } from 'cdk8s';
import { assert } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { WallarmOob } from '../../constructs/index.ts';
import { render } from '../../constructs/synth/app.ts';
import { freshCopy } from './fresh-copy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string) => readFile(join(root, 'examples', path), 'utf8');

function run(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd = root,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 26 };
    execFile(command, args, options, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout),
    );
  });
}

describe('the examples', function () {
  this.timeout(120_000);

  it('have values that are accepted', async () => {
    const application = parse(await text('argocd-oci/application.yaml'));
    for (const values of [
      parse(await text('values.yaml')),
      parse(await text('helm/values.yaml')),
      application.spec.source.helm.valuesObject,
    ]) {
      const chart = new Chart(Testing.app(), 'example');
      new WallarmOob(chart, 'oob', { values });
      assert.isAbove(chart.toJson().length, 15);
    }
  });

  it('import the constructs into another app, whose objects name the parts', async () => {
    const outdir = await mkdtemp(join(tmpdir(), 'example-'));
    await run(process.execPath, ['--import=tsx', 'examples/import/main.ts'], { CDK8S_OUTDIR: outdir });
    assert.deepEqual(await readdir(outdir), ['security.k8s.yaml']);
    const manifest = await readFile(join(outdir, 'security.k8s.yaml'), 'utf8');
    const objects = parseAllDocuments(manifest).map(document => document.toJS());
    const kinds = objects.map(({ kind }) => kind);
    assert.includeMembers(kinds, ['Namespace', 'DaemonSet', 'PodDisruptionBudget']);
    assert.lengthOf(
      kinds.filter(kind => kind === 'NetworkPolicy'),
      6,
    );
    const [dashboard] = objects.filter(({ metadata }) => /dashboard/.test(metadata.name));
    assert.deepEqual(dashboard.spec.template.spec.containers[0].env, [
      { name: 'API', value: 'http://wallarm-ebpf-wallarm-oob-cloud.wallarm-ebpf.svc' },
    ]);
  });

  it('run as a plugin of Argo CD, which prints the manifests and nothing else', async () => {
    const plugin = await text('argocd-plugin/plugin.yaml');
    const { spec } = parse(plugin);
    assert.isAtMost(plugin.trimEnd().split('\n').length, 20);
    const [command, ...args] = [...spec.generate.command, ...spec.generate.args];
    const environment = {
      ARGOCD_APP_NAME: 'oob',
      ARGOCD_APP_NAMESPACE: 'security',
      ARGOCD_ENV_VALUES_FILE: 'examples/helm/values.yaml',
      KUBE_VERSION: '1.30.2',
      KUBE_API_VERSIONS: 'v1,apps/v1,apps/v1/Deployment,monitoring.coreos.com/v1',
    };
    const copy = await freshCopy();
    assert.isTrue(existsSync(join(copy, spec.discover.fileName)));
    const early = await run(command, args, environment, copy).catch((error: Error) => error.message);
    assert.match(early, /no node_modules: init \(npm ci\) has to run first/);
    // What init does takes minutes and the network; here its result is put in place.
    assert.deepEqual(spec.init.command.slice(0, 2), ['npm', 'ci']);
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const printed = await run(command, args, environment, copy);
    const { manifest } = await render({
      VALUES_FILE: join(root, 'examples/helm/values.yaml'),
      RELEASE_NAME: 'oob',
      NAMESPACE: 'security',
      KUBE_VERSION: environment.KUBE_VERSION,
      API_VERSIONS: environment.KUBE_API_VERSIONS,
    });
    assert.equal(printed, manifest);
    assert.include(printed, 'kind: PodMonitor');
  });
});
