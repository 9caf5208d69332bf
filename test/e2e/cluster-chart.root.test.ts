// The chart's objects at a real API server, and issued certificates and GitOps around them. Needs root.
import { performance } from 'node:perf_hooks';
import { expect } from 'chai';
import fc from 'fast-check';
import { helmChartFiles } from '../../constructs/helm/chart-files.ts';
import { plainApp } from '../../constructs/synth/app.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { installCustomResources } from '../cluster/custom-resources.ts';
import { helmTemplate, temporaryFolder, writeChart } from '../constructs/helm.ts';
import { customResourceDefinitions } from '../constructs/schemas/custom-resources.ts';
import { everythingOn } from '../constructs/schemas/everything-on.ts';
import { samples } from '../constructs/schemas/samples.ts';
import { validValuesWith } from '../constructs/values-arbitrary.ts';
import { versions } from '../tools/versions.ts';

/** Random values that Kubernetes takes; the seed is fixed, so that a failure is one of this change. */
const random = fc.sample(
  // Kubernetes 1.36 warns of external IPs, which only the user can ask for.
  validValuesWith({ ...samples, externalIPs: [[]] }),
  { numRuns: 40, seed: 20_261_122 },
);

/** What kubectl said, without its command line and the names of what was accepted. */
const complaints = ({ message }: Error): string =>
  message
    .split('\n')
    .slice(1)
    .filter(line => !/^[a-z0-9.]+\/\S+$/.test(line))
    .join('\n');

const namespace = 'wallarm-ebpf';

describe('the objects of the chart at a real API server', function () {
  this.timeout(300_000);
  let cluster: Cluster;
  let chart = '';
  const durations: [string, number][] = [];

  before('start a cluster with the custom resources', async () => {
    chart = await writeChart(helmChartFiles());
    cluster = await startCluster();
    await installCustomResources(cluster, await customResourceDefinitions());
    await cluster.kubectl(['create', 'namespace', namespace]);
  });

  after(async () => {
    await cluster?.stop();
    for (const [name, ms] of durations)
      process.stdout.write(`${(ms / 1000).toFixed(2).padStart(8)} s  ${name}\n`);
  });

  /** Nothing is stored; unknown and repeated fields are errors, and so is every warning. */
  async function dryRun(objects: readonly unknown[]): Promise<number> {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    const flags = ['--dry-run=server', '--validate=strict', '--warnings-as-errors', '-o', 'name'];
    const accepted = await cluster.kubectl(['create', ...flags, '-f', '-'], { input });
    return accepted.trim().split('\n').length;
  }

  const capabilities = {
    kubeVersion: versions.kubernetes,
    apiVersions: ['monitoring.coreos.com/v1', 'operator.victoriametrics.com/v1beta1'],
  };

  for (const [name, values] of Object.entries(everythingOn)) {
    it(`are accepted without a warning: ${name}`, async () => {
      const objects = await helmTemplate('helm4', chart, values, 'oob', namespace, capabilities);
      expect(await dryRun(objects)).to.equal(objects.length);
    });
  }

  it('are accepted without a warning for random values', async () => {
    const started = performance.now();
    const outdir = await temporaryFolder();
    for (const values of random) {
      const app = plainApp(outdir, values, 'oob', namespace, capabilities);
      const objects = app.charts.flatMap(each => each.toJson());
      const failure = await dryRun(objects).then(
        count => (count === objects.length ? '' : `${count} of ${objects.length} objects`),
        (error: Error) => complaints(error),
      );
      expect(failure && `${failure}\nwith values ${JSON.stringify(values)}`).to.equal('');
    }
    durations.push([`dry run of ${random.length} random values files`, performance.now() - started]);
  });

  it('would be refused with a field that does not exist, or one that is deprecated', async () => {
    const pod = { containers: [{ name: 'c', image: 'i' }] };
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace } };
    const refusal = (spec: object) => dryRun([{ ...object, spec }]).catch(complaints);
    expect(await refusal({ ...pod, nope: 1 })).to.include('nope');
    expect(await refusal({ ...pod, nodeSelector: { 'beta.kubernetes.io/os': 'linux' } })).to.include(
      'warning received',
    );
  });
});
