import { fileURLToPath } from 'node:url';
import { assert } from 'chai';
import { helmChartFiles } from '../../../constructs/helm/chart-files.ts';
import { resolveValues } from '../../../constructs/values/resolve.ts';
import { shortToken, warningsOn } from '../../../constructs/values/warnings.ts';
import { helm, helmVersions, parseDocuments, writeChart } from '../helm.ts';

const example = fileURLToPath(new URL('../../../examples/helm/values.yaml', import.meta.url));

/** The chart with its notes in an object: helm shows notes only with a cluster. */
function withNotesAsObject(): ReadonlyMap<string, string> {
  const files = new Map(helmChartFiles());
  files.set('templates/_notes.tpl', `{{ define "notes" }}${files.get('templates/NOTES.txt')}{{ end }}`);
  return files.set('templates/notes.yaml', 'text: {{ include "notes" . | toJson }}\n');
}

for (const version of helmVersions) {
  describe(`NOTES.txt under ${version}`, () => {
    let chart = '';
    before(async () => {
      chart = await writeChart(withNotesAsObject());
    });

    async function notes(...args: readonly string[]): Promise<string> {
      const options = ['--namespace', 'oob', '--show-only', 'templates/notes.yaml', ...args];
      const { code, stdout, stderr } = await helm(version, 'template', 'rel', chart, ...options);
      assert.equal(code, 0, stderr);
      return (parseDocuments(stdout)[0] as { text: string }).text;
    }

    it('names both volumes that data needs, and neither when they are there', async () => {
      const text = await notes('--set', 'config.api.token=0123456789abcdef');
      assert.include(text, 'cloud.persistence.enabled: ');
      assert.include(text, 'aggregation.persistence.enabled: ');
      assert.include(text, 'kubectl label namespace oob pod-security.kubernetes.io/enforce=privileged');
      const kept = await notes('-f', example);
      assert.notInclude(kept, 'persistence');
      assert.notInclude(kept, shortToken.warning);
    });

    for (const token of ['t', '0123456789abcde', 'ééééééééé', '0123456789abcdef', 'éééééééééééééééé'])
      it(`warns of the token ${token} when the constructs do`, async () => {
        const warnings = warningsOn(resolveValues({ config: { api: { token } } }));
        const text = await notes('--set', `config.api.token=${token}`);
        assert.equal(text.includes(shortToken.warning), warnings.includes(shortToken.warning));
        assert.equal(warnings.length > 0, [...token].length < 16);
      });
  });
}
