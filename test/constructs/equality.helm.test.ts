import { assert } from 'chai';
import fc from 'fast-check';
import { helmChartFiles } from '../../constructs/helm/chart-files.ts';
import { plainApp } from '../../constructs/synth/app.ts';
import { helmTemplate, helmVersions, sorted, temporaryFolder, writeChart } from './helm.ts';
import { validValues } from './values-arbitrary.ts';

/** More for the long run: npm run test:equality -- --runs 5000 */
const numRuns = Number(process.env.RUNS ?? 300);

for (const version of helmVersions) {
  describe(`the chart rendered by ${version}`, function () {
    this.timeout(60_000 + numRuns * 2_000);
    let chart = '';
    let outdir = '';

    before(async () => {
      chart = await writeChart(helmChartFiles());
      outdir = await temporaryFolder();
    });

    it(`gives the objects of cdk8s synth, for ${numRuns} random values files`, async () => {
      await fc.assert(
        fc.asyncProperty(validValues, releaseNames, clusters, async (values, release, capabilities) => {
          const rendered = await helmTemplate(version, chart, values, release, 'ns-1', capabilities);
          const app = plainApp(outdir, values, release, 'ns-1', capabilities);
          const synthesized = app.charts.flatMap(each => each.toJson());
          assert.deepEqual(sorted(rendered), sorted(synthesized));
        }),
        { numRuns },
      );
    });

    it('gives them when a value is a space that YAML does not quote', async () => {
      const values = { config: { api: { token: 't' } }, processing: { extraAnnotations: { a: '\u00a0' } } };
      const rendered = await helmTemplate(version, chart, values);
      const synthesized = plainApp(outdir, values, 'wallarm-ebpf', 'wallarm-ebpf', {}).charts;
      assert.deepEqual(sorted(rendered), sorted(synthesized.flatMap(each => each.toJson())));
    });

    it('gives them when a text ends in line feeds or in white space that YAML does not quote', async () => {
      for (const end of ['\u00a0', '\u2000', '\u3000', 'two\n\n']) {
        const extraVolumes = [{ name: 'v', csi: { driver: end } }];
        const values = {
          config: { api: { token: 't' } },
          extraAnnotations: { a: end },
          processing: { extraVolumes, extraAnnotations: { a: end }, podAnnotations: { z: end } },
          cloud: { service: { annotations: { a: end } } },
          agent: { extraVolumes },
          extraObjects: [
            { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, xdata: { a: end } },
            { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, xdata: { a: end } },
          ],
        };
        const rendered = await helmTemplate(version, chart, values);
        const synthesized = plainApp(outdir, values, 'wallarm-ebpf', 'wallarm-ebpf', {}).charts;
        assert.deepEqual(sorted(rendered), sorted(synthesized.flatMap(each => each.toJson())), end);
      }
    });

    it('gives them when a text is a number beyond all floats', async () => {
      const values = {
        config: { api: { token: 't' } },
        aggregation: { service: { externalIPs: ['1E310', '2e400'] } },
      };
      const rendered = await helmTemplate(version, chart, values);
      const synthesized = plainApp(outdir, values, 'wallarm-ebpf', 'wallarm-ebpf', {}).charts;
      assert.deepEqual(sorted(rendered), sorted(synthesized.flatMap(each => each.toJson())));
    });

    it('gives them when null deletes defaults', async () => {
      const deleted = {
        tolerations: null,
        nodeSelector: null,
        podLabels: null,
        podAnnotations: null,
        affinity: null,
      };
      const values = {
        imagePullSecrets: null,
        config: { api: { token: 't' } },
        agent: { ...deleted, resources: null, extraEnvs: null, serviceAccount: { annotations: null } },
        cloud: {
          ...deleted,
          nodeSelector: { 'kubernetes.io/os': null, disk: 'ssd' },
          resources: { limits: null },
        },
        aggregation: { persistence: { enabled: true, accessModes: null, annotations: null } },
      };
      const synthesized = plainApp(outdir, values, 'wallarm-ebpf', 'wallarm-ebpf').charts.flatMap(each =>
        each.toJson(),
      );
      assert.deepEqual(sorted(await helmTemplate(version, chart, values)), sorted(synthesized));
    });
  });
}

const releaseNames = fc.stringMatching(/^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$/).filter(name => name.length <= 53);

/** What helm is told of the cluster, and synth by KUBE_VERSION and API_VERSIONS. */
const clusters = fc.record({
  kubeVersion: fc.constantFrom('1.24.0', 'v1.26.15', '1.27.3-gke.100', '1.29.0', '1.30.0', '1.36.3'),
  apiVersions: fc.subarray([
    'monitoring.coreos.com/v1',
    'monitoring.coreos.com/v1/PodMonitor',
    'operator.victoriametrics.com/v1beta1',
    'operator.victoriametrics.com/v1beta1/VMPodScrape',
  ]),
});
