// Sections with a single key, as YAML blocks: the ones that a move empties and makes again.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { parse, stringify } from 'yaml';
import { helmChartFiles } from '../../../constructs/helm/chart-files.ts';
import { migrateValues } from '../../../constructs/migrate/migrate.ts';
import { moves } from '../../../constructs/migrate/moves.ts';
import { readValuesFile } from '../../../constructs/synth/values-file.ts';
import { helm, helmVersions, temporaryFolder, writeChart } from '../helm.ts';

const container = { resources: { limits: { memory: '1Gi' } } };

/** A value that the chart takes, for each place that something moves to. */
const samples: Readonly<Record<string, unknown>> = {
  'config.aggregation.wstoreMemory': 4,
  'config.wcli': { logLevel: 'info' },
  'config.agent.loadBalancerRealIPHeader': 'X-Real-IP',
  'config.agent.loadBalancerTrustedCIDRs': ['10.0.0.0/8'],
  'config.images.agent': { tag: '1.2.3' },
  'processing.containers.init': container,
  'processing.containers.nodeNative': container,
  'processing.containers.wcli': container,
  'aggregation.containers.init': container,
  'aggregation.containers.wstore': container,
  'aggregation.containers.wcli': container,
};

function nested(path: string, value: unknown): unknown {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

for (const version of helmVersions) {
  describe(`migrated values under ${version}`, () => {
    let chart = '';
    before(async () => {
      chart = await writeChart(helmChartFiles());
    });

    for (const move of moves) {
      if (!('to' in move)) continue;
      it(`are accepted with nothing but ${move.from}`, async () => {
        const sample = samples[move.to];
        assert.isDefined(sample, move.to);
        const { text } = migrateValues(stringify(nested(move.from, sample)));
        assert.deepEqual(parse(text), nested(move.to, sample));
        assert.notInclude(text, '!!');
        const file = join(await temporaryFolder(), 'values.yaml');
        await writeFile(file, text);
        assert.deepEqual(await readValuesFile(file), nested(move.to, sample));
        const args = ['--kube-version', '1.34.0', '--set', 'config.api.token=t', '-f', file];
        const { code, stderr } = await helm(version, 'template', 'rel', chart, ...args);
        assert.equal(code, 0, stderr);
      });
    }
  });
}
