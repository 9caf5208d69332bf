import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundleService } from '../../../runtime/images/bundle.ts';
import { checkout, services } from '../../../runtime/images/services.ts';

describe('the bundles of the images', function () {
  this.timeout(60_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundles-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const service of services) {
    it(`hold ${service.name} whole: it runs far from the checkout`, async () => {
      const app = join(folder, service.name);
      await bundleService(service, app);
      const start = (...args: string[]) =>
        spawnSync(process.execPath, ['--enable-source-maps', join(app, 'main.js'), ...args], {
          cwd: folder,
          encoding: 'utf8',
          timeout: 20_000,
        });
      const { version } = JSON.parse(await readFile(join(checkout, 'runtime', 'package.json'), 'utf8'));
      const told = start('--version');
      expect([told.status, told.stdout.trim(), told.stderr]).to.deep.equal([0, version, '']);
      const refused = start('run', '--config', join(folder, 'absent.yaml'));
      expect(refused.status).to.equal(2);
      expect(refused.stderr).to.match(/absent\.yaml/);
    });
  }

  it('hold the threads of the services too', async () => {
    for (const { name } of services) {
      const app = join(folder, name);
      const main = await readFile(join(app, 'main.js'), 'utf8');
      const threads = [...main.matchAll(/new Worker\d*\(new URL\("([^"]+)", import\.meta\.url\)/g)].map(
        ([, path]) => path ?? '',
      );
      for (const thread of threads)
        expect(await readFile(join(app, thread), 'utf8')).to.include('parentPort');
      if (name === 'aggregation') expect(threads).to.deep.equal(['./learning-thread.js']);
    }
  });
});
