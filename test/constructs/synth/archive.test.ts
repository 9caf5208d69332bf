import { gunzipSync } from 'node:zlib';
import { assert } from 'chai';
import { extract } from 'tar-stream';
import { helmChartFiles } from '../../../constructs/helm/chart-files.ts';
import { chartArchive } from '../../../constructs/synth/archive.ts';

describe('the chart archive', () => {
  it('holds every file below a folder named after the chart, Chart.yaml first', async () => {
    const files = helmChartFiles();
    const archive = await chartArchive('wallarm-oob', files);
    const tar = extract();
    tar.end(gunzipSync(archive));
    const names: string[] = [];
    for await (const entry of tar) {
      names.push(entry.header.name);
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      assert.equal(
        Buffer.concat(chunks).toString(),
        files.get(entry.header.name.slice('wallarm-oob/'.length)),
      );
    }
    assert.equal(names[0], 'wallarm-oob/Chart.yaml');
    assert.sameMembers(
      names,
      [...files.keys()].map(path => `wallarm-oob/${path}`),
    );
  });

  it('is the same bytes every time', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => chartArchive('wallarm-oob', helmChartFiles())));
    assert.isTrue(one?.equals(two as Buffer));
  });
});
