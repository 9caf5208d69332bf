import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { helmChartFiles } from '../../../constructs/helm/chart-files.ts';
import { assertGolden } from '../golden.ts';

const folder = join(fileURLToPath(new URL('.', import.meta.url)), '../../golden/chart');

describe('the Helm chart', () => {
  it('is the one that was reviewed, file by file', async () => {
    await assertGolden(folder, helmChartFiles());
  });
});
