// Values files as people write them: legal but unusual ones give the same objects both ways, and wrong ones fail both
// ways with the key's name. The file itself goes to helm and to synth.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { parseAllDocuments } from 'yaml';
import { helmChartFiles } from '../../constructs/helm/chart-files.ts';
import { plainApp } from '../../constructs/synth/app.ts';
import { manifestYaml } from '../../constructs/synth/manifest.ts';
import { readValuesFile } from '../../constructs/synth/values-file.ts';
import { helm, helmVersions, parseDocuments, sorted, temporaryFolder, writeChart } from './helm.ts';
import { unusual } from './values-files/unusual.ts';
import { wrong } from './values-files/wrong.ts';

const release = ['rel', 'ns-1'] as const;

async function written(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'values.yaml');
  await writeFile(file, text);
  return file;
}

/** The objects of synth, in the text that it writes. */
async function synth(file: string): Promise<string> {
  const values = (await readValuesFile(file)) as object;
  const app = plainApp(await temporaryFolder(), values, ...release);
  return manifestYaml(app.charts.flatMap(chart => chart.toJson()));
}

for (const version of helmVersions) {
  describe(`values files under ${version}`, () => {
    let chart = '';
    before(async () => {
      chart = await writeChart(helmChartFiles());
    });

    const template = (file: string) =>
      helm(
        version,
        'template',
        release[0],
        chart,
        '--namespace',
        release[1],
        '--kube-version',
        '1.34.0',
        '-f',
        file,
      );

    for (const [name, text] of Object.entries(unusual)) {
      it(`give the same objects with ${name}`, async () => {
        const file = await written(text);
        const { code, stdout, stderr } = await template(file);
        assert.equal(code, 0, stderr);
        const manifest = await synth(file);
        assert.deepEqual(sorted(parseDocuments(manifest)), sorted(parseDocuments(stdout)));
        const old = parseAllDocuments(manifest, { version: '1.1' }).map(document => document.toJS());
        assert.deepEqual(sorted(old), sorted(parseDocuments(stdout)));
      });
    }

    for (const [name, { text, names }] of Object.entries(wrong)) {
      it(`are refused with ${name}`, async () => {
        const file = await written(text);
        const { code, stdout, stderr } = await template(file);
        assert.notEqual(code, 0, stdout);
        const problem = await synth(file).then(
          () => assert.fail('synth accepted the file'),
          (error: Error) => error.message,
        );
        assert.isTrue(namesKey(stderr, names), `${names} in\n${stderr}`);
        const lines = problem.split('\n');
        assert.isTrue(
          lines.some(line => line.startsWith(`${names}: `)),
          problem,
        );
      });
    }
  });
}

/** Helm names a key by a JSON pointer, or by its parent and its name; the chart's own refusals have the dotted path. */
function namesKey(stderr: string, path: string): boolean {
  const keys = [...path.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+(?:\.io\/[^.[\]]+)?)/g)].map(
    ([, quoted, index, plain]) => (quoted ?? index ?? plain ?? '').replaceAll('/', '~1'),
  );
  const pointer = (end: number) => `at '${['', ...keys.slice(0, end)].join('/')}'`;
  const last = keys.at(-1)?.replaceAll('~1', '/') ?? '';
  return (
    stderr.includes(`${path}: `) ||
    stderr.includes(pointer(keys.length)) ||
    (stderr.includes(pointer(keys.length - 1)) && stderr.includes(`'${last}'`))
  );
}
