import { readFile } from 'node:fs/promises';
import { Chart, Testing } from 'cdk8s';
import { assert } from 'chai';
import { parse } from 'yaml';
import { WallarmOob } from '../../constructs/index.ts';

const read = async (path: string) =>
  parse(await readFile(new URL(`../../examples/${path}`, import.meta.url), 'utf8'));

describe('the examples', () => {
  it('their values are accepted', async () => {
    const application = await read('argocd-oci/application.yaml');
    for (const values of [
      await read('values.yaml'),
      await read('helm/values.yaml'),
      application.spec.source.helm.valuesObject,
    ]) {
      const chart = new Chart(Testing.app(), 'example');
      new WallarmOob(chart, 'oob', { values });
      assert.isAbove(chart.toJson().length, 15);
    }
  });

  it('the plugin prints manifests only', async () => {
    const { spec } = await read('argocd-plugin/plugin.yaml');
    const script: string = spec.generate.args[0];
    assert.include(script, '>&2');
    assert.isBelow(
      (await readFile(new URL('../../examples/argocd-plugin/plugin.yaml', import.meta.url), 'utf8')).split(
        '\n',
      ).length,
      25,
    );
  });
});
