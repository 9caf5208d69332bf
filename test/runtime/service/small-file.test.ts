import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readSmallFile } from '../../../runtime/service/small-file.ts';

const fixture = new URL('./fixture-service.ts', import.meta.url).pathname;

describe('a small file', function () {
  this.timeout(120_000);
  const directory = mkdtempSync(join(tmpdir(), 'oob-small-file-'));
  const file = join(directory, 'file');
  const fifo = join(directory, 'fifo');
  before(() => {
    writeFileSync(file, '{}\n');
    execFileSync('mkfifo', [fifo]);
  });
  after(() => rmSync(directory, { recursive: true }));

  it('is read up to the limit, also through links as Kubernetes mounts it and where its size is unknown', () => {
    // A ConfigMap: file → ..data/file → ..2026_01_01/file.
    mkdirSync(join(directory, '..2026'));
    writeFileSync(join(directory, '..2026/mounted'), 'abc');
    symlinkSync('..2026', join(directory, '..data'));
    symlinkSync('..data/mounted', join(directory, 'mounted'));
    expect(readSmallFile(join(directory, 'mounted'), 3).toString()).to.equal('abc');
    expect(() => readSmallFile(join(directory, 'mounted'), 2)).to.throw('3 bytes: expected at most 2');
    expect(readSmallFile('/proc/self/stat', 10_000).length).to.be.greaterThan(10);
    expect(() => readSmallFile('/proc/self/stat', 10)).to.throw('more than 10 bytes');
  });

  it('is no FIFO, device or directory, as configuration or token', () => {
    const run = (config: string, tokenFile: string) => {
      const { status, stderr } = spawnSync(process.execPath, [fixture, 'run', '--config', config], {
        env: { PATH: process.env.PATH, WALLARM_API_TOKEN_FILE: tokenFile },
        encoding: 'utf8',
        timeout: 20_000,
      });
      return { status, stderr };
    };
    for (const other of [fifo, '/dev/zero', directory]) {
      const asConfig = run(other, file);
      expect(asConfig.status, other).to.equal(2);
      expect(asConfig.stderr)
        .to.contain(other)
        .and.contain('it is not a regular file')
        .and.not.contain('at ');
      const asToken = run(file, other);
      expect(asToken.status, other).to.equal(2);
      expect(asToken.stderr).to.contain(`${other}, which cannot be used: it is not a regular file`);
    }
  });
});
