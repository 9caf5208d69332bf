import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from 'chai';
import { parse } from 'yaml';
import { helmChartFiles } from '../../constructs/helm/chart-files.ts';
import { render } from '../../constructs/synth/app.ts';
import { helm, helmVersions, parseDocuments, sorted, writeChart } from './helm.ts';

const file = fileURLToPath(new URL('../../examples/helm/values.yaml', import.meta.url));

for (const version of helmVersions) {
  it(`the example for helm installs with ${version}, as its first line says`, async () => {
    const [firstLine = ''] = (await readFile(file, 'utf8')).split('\n');
    assert.match(firstLine, /^# helm install wallarm-ebpf .* -f examples\/helm\/values\.yaml$/);
    assert.isObject(parse(await readFile(file, 'utf8')));
    const chart = await writeChart(helmChartFiles());
    const args = ['--namespace', 'wallarm-ebpf', '--kube-version', '1.34.0', '-f', file];
    const { code, stdout, stderr } = await helm(version, 'template', 'wallarm-ebpf', join(chart), ...args);
    assert.equal(code, 0, stderr);
    const { manifest } = await render({ VALUES_FILE: file });
    assert.deepEqual(sorted(parseDocuments(stdout)), sorted(parseDocuments(manifest)));
  });
}
