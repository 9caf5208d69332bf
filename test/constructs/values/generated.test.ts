import { readFile } from 'node:fs/promises';
import { assert } from 'chai';
import { parse } from 'yaml';
import { generated } from '../../../constructs/synth/generated.ts';
import { defaultValues } from '../../../constructs/values/bind.ts';
import { valuesYaml } from '../../../constructs/values/values-yaml.ts';
import { version } from '../../../constructs/version.ts';

const root = new URL('../../../', import.meta.url);

describe('what is generated from the declaration', () => {
  it('values.yaml holds exactly the defaults', () => {
    assert.deepEqual(parse(valuesYaml()), defaultValues());
  });

  it('every key of values.yaml has a comment', () => {
    const lines = valuesYaml().split('\n');
    const uncommented = lines.filter((line, index) => {
      const isKey = /^ *[A-Za-z]+:/.test(line);
      return isKey && !lines[index - 1]?.trim().startsWith('#') && !insideDefault.test(line.trim());
    });
    assert.deepEqual(uncommented, []);
  });

  it('the checked-in documents are current', async () => {
    for (const [path, content] of Object.entries(generated()))
      assert.equal(await readFile(new URL(path, root), 'utf8'), content, `${path}; run npm run generate`);
  });

  it('the version is that of package.json', async () => {
    assert.equal(version, JSON.parse(await readFile(new URL('package.json', root), 'utf8')).version);
  });
});

/** Keys of the default maps, which belong to Kubernetes. */
const insideDefault =
  /^(kubernetes\.io\/os|grafana_dashboard|requests|limits|cpu|memory|httpGet|path|port|type|rollingUpdate|max\w+|\w+Seconds|\w+Threshold|workers|api_firewall_enabled|enabled|verbose):/;
