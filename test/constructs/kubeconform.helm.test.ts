// Every object that the chart can make, against the schemas that Kubernetes and the operators publish.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { helmChartFiles } from '../../constructs/helm/chart-files.ts';
import { plainApp } from '../../constructs/synth/app.ts';
import { toolPath } from '../tools/tools.ts';
import { versions } from '../tools/versions.ts';
import { helmTemplate, temporaryFolder, writeChart } from './helm.ts';
import { writeCustomResourceSchemas } from './schemas/custom-resources.ts';
import { everythingOn } from './schemas/everything-on.ts';
import { schemaLocation, writeKubernetesSchemas } from './schemas/kubernetes.ts';
import { samples } from './schemas/samples.ts';
import { validValuesWith } from './values-arbitrary.ts';

/** Random values that Kubernetes takes; the seed is fixed, so that a failure is one of this change. */
const random = fc.sample(validValuesWith(samples), { numRuns: 150, seed: 20_261_121 });

const apiVersions = ['monitoring.coreos.com/v1', 'operator.victoriametrics.com/v1beta1'];

/** Every kind that the chart makes, and an object of the user. */
const kinds = [
  'Certificate',
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'DaemonSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'Ingress',
  'Issuer',
  'Namespace',
  'NetworkPolicy',
  'PersistentVolumeClaim',
  'Pod',
  'PodDisruptionBudget',
  'PodMonitor',
  'PrometheusRule',
  'Secret',
  'SecurityContextConstraints',
  'Service',
  'ServiceAccount',
  'VMPodScrape',
];

interface Verdict {
  readonly resources: readonly {
    status: string;
    msg: string;
    kind: string;
    name: string;
    filename: string;
  }[];
  readonly summary: { readonly valid: number; readonly skipped: number };
}

async function kubeconform(folder: string, schemas: readonly string[]): Promise<Verdict> {
  const path = await toolPath('kubeconform');
  const locations = schemas.flatMap(schema => ['-schema-location', `${schema}/${schemaLocation}`]);
  const args = ['-strict', '-summary', '-output', 'json', '-n', '2', ...locations, folder];
  return new Promise((resolve, reject) => {
    execFile(path, args, { maxBuffer: 1 << 28, timeout: 240_000 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(error ?? new Error(stderr));
      }
    });
  });
}

describe('the objects of the chart, checked by kubeconform', function () {
  this.timeout(600_000);
  let folder = '';
  let chart = '';
  let custom = '';

  before('take the published schemas out of Go modules', async () => {
    folder = await temporaryFolder();
    custom = join(folder, 'custom');
    chart = await writeChart(helmChartFiles());
    await writeCustomResourceSchemas(custom);
  });

  for (const version of versions.kubernetesSchemas) {
    it(`are what Kubernetes ${version} and the operators publish, and nothing beside it`, async () => {
      const schemas = join(folder, version);
      await writeKubernetesSchemas(version, schemas);
      const objects = join(folder, `${version}-objects`);
      await mkdir(objects);
      const capabilities = { kubeVersion: version, apiVersions };
      const seen = new Set<string>();
      const write = async (name: string, documents: readonly unknown[]) => {
        for (const document of documents) seen.add((document as { kind: string }).kind);
        const list = documents.map(document => JSON.stringify(document)).join('\n---\n');
        await writeFile(join(objects, `${name}.yaml`), list);
      };
      for (const [name, values] of Object.entries(everythingOn)) {
        const rendered = await helmTemplate('helm4', chart, values, 'oob', 'oob', capabilities);
        await write(name.replaceAll(' ', '-'), rendered);
      }
      for (const [index, values] of [...random, withNamespace].entries()) {
        const app = plainApp(folder, values, 'oob', 'oob', capabilities);
        await write(
          `random-${index}`,
          app.charts.flatMap(each => each.toJson()),
        );
      }
      expect([...seen].filter(kind => kind !== 'PriorityClass').sort()).to.deep.equal(kinds);

      const { resources, summary } = await kubeconform(objects, [schemas, custom]);
      const problems = resources.map(
        ({ kind, name, msg, filename }) => `${filename}: ${kind} ${name}: ${msg}`,
      );
      expect(problems.join('\n')).to.equal('');
      expect(summary.skipped).to.equal(0);
      expect(summary.valid).to.be.greaterThan(1000);
    });
  }

  it('would notice a field that does not exist and a value of the wrong type', async () => {
    const schemas = join(folder, 'negative-schemas');
    await writeKubernetesSchemas('1.28.15', schemas);
    const objects = join(folder, 'negative');
    await mkdir(objects);
    const wrong = [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { prots: [] } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'b', labels: { a: 1 } } },
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: { name: 'c' },
        spec: { selector: {}, podMetricsEndpoints: [{ relabelConfigs: [] }] },
      },
    ];
    await writeFile(join(objects, 'wrong.yaml'), wrong.map(each => JSON.stringify(each)).join('\n---\n'));
    const { resources } = await kubeconform(objects, [schemas, custom]);
    expect(resources.map(({ name, status }) => [name, status]).sort()).to.deep.equal([
      ['a', 'statusInvalid'],
      ['b', 'statusInvalid'],
      ['c', 'statusInvalid'],
    ]);
  });
});

/** Only in plain YAML. */
const withNamespace = {
  config: { api: { token: 'a-token-of-a-test' } },
  namespace: { create: true, labels: { team: 'security' } },
};
