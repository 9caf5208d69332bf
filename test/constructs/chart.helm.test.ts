import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { helmChartFiles } from '../../constructs/helm/chart-files.ts';
import { InvalidValuesError } from '../../constructs/index.ts';
import { plainApp } from '../../constructs/synth/app.ts';
import { chartArchive } from '../../constructs/synth/archive.ts';
import { resolveValues } from '../../constructs/values/resolve.ts';
import { helm, helmTemplate, helmVersions, temporaryFolder, writeChart } from './helm.ts';

/** Values that are wrong in one place: the key that both must name. */
const rejected: readonly (readonly [key: string, values: object])[] = [
  ['zzz', { zzz: 1 }],
  ['tokn', { config: { api: { tokn: 't' } } }],
  ['nameOverride', { nameOverride: 'Upper' }],
  ['nameOverride', { nameOverride: null }],
  ['agent', { agent: null }],
  ['agent', { agent: 'yes' }],
  ['token', { config: { api: { token: 5 } } }],
  ['port', { config: { api: { port: 70_000 } } }],
  ['port', { config: { api: { port: '443' } } }],
  ['port', { config: { api: { port: 1.5 } } }],
  ['host', { config: { api: { host: 'https://example.com' } } }],
  ['useSSL', { config: { api: { useSSL: false } } }],
  ['pullPolicy', { config: { images: { agent: { pullPolicy: 'Sometimes' } } } }],
  ['allNamespaces', { config: { agent: { mirror: { allNamespaces: 'true' } } } }],
  ['podLabels', { agent: { podLabels: { team: 7 } } }],
  ['podLabels', { agent: { podLabels: { team: 'a\u0007b' } } }],
  ['podLabels', { agent: { podLabels: { team: null } } }],
  ['tolerations', { agent: { tolerations: {} } }],
  ['tolerations', { agent: { tolerations: ['all'] } }],
  ['tolerations', { agent: { tolerations: [{ key: null }] } }],
  ['affinity', { agent: { affinity: [] } }],
  ['size', { cloud: { persistence: { size: 'big' } } }],
  ['filters', { config: { agent: { mirror: { filters: [{}] } } } }],
  ['loadBalancerTrustedCIDRs', { config: { agent: { loadBalancerTrustedCIDRs: ['10.0.0.0/33'] } } }],
  ['minAvailable', { processing: { podDisruptionBudget: { minAvailable: '150%' } } }],
  ['accessModes', { cloud: { persistence: { accessModes: ['Any'] } } }],
];

for (const version of helmVersions) {
  describe(`the chart under ${version}`, () => {
    let chart = '';
    before(async () => {
      chart = await writeChart(helmChartFiles());
    });

    it('passes lint --strict', async () => {
      const { code, stdout, stderr } = await helm(
        version,
        'lint',
        '--strict',
        chart,
        '--set',
        'config.api.token=t',
      );
      assert.equal(code, 0, stdout + stderr);
    });

    it('installs as an archive with nothing but a token', async () => {
      const archive = join(await temporaryFolder(), 'chart.tgz');
      await writeFile(archive, await chartArchive('wallarm-oob', helmChartFiles()));
      const objects = await helmTemplate(version, archive, { config: { api: { token: 't' } } });
      assert.sameMembers(
        objects.map(object => (object as { kind: string }).kind).filter(kind => /Set|Deployment/.test(kind)),
        ['DaemonSet', 'Deployment', 'Deployment', 'Deployment'],
      );
    });

    it('fails without a token, as synth does, and both say what to set', async () => {
      const error = await failure(() => helmTemplate(version, chart, {}));
      assert.include(error, 'config.api.token');
      assert.include(error, 'existingSecret');
      const outdir = await temporaryFolder();
      assert.throws(
        () => plainApp(outdir, {}, 'r', 'n'),
        InvalidValuesError,
        /^config\.api\.token: .*existingSecret/,
      );
    });

    it('fails without any cloud service, as synth does', async () => {
      const values = { config: { api: { token: 't' } }, cloud: { enabled: false } };
      assert.include(await failure(() => helmTemplate(version, chart, values)), 'config.api.host');
      const outdir = await temporaryFolder();
      assert.throws(() => plainApp(outdir, values, 'r', 'n'), InvalidValuesError, /^config\.api\.host/);
    });

    it('names the new key of one of 0.10, and both sources of a contradictory certificate', async () => {
      const api = { token: 't' };
      const old = { config: { api, aggregation: { tarantoolMemory: 2 } } };
      assert.include(
        await failure(() => helmTemplate(version, chart, old)),
        'use config.aggregation.wstoreMemory',
      );
      const certificate = { enabled: true, certManager: { enabled: true }, customSecret: { enabled: true } };
      const both = { config: { api, connector: { certificate } } };
      assert.include(await failure(() => helmTemplate(version, chart, both)), 'contradictory sources');
    });

    for (const [key, values] of rejected) {
      it(`refuses ${JSON.stringify(values)} as synth does, naming ${key}`, async () => {
        assert.include(await failure(() => helmTemplate(version, chart, values)), key);
        assert.throws(() => resolveValues(values), InvalidValuesError, key);
      });
    }
  });
}

async function failure(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('helm accepted the values');
}
