import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cacheFolder } from './cache-folder.ts';
import { buildTools, toolPath } from './tools.ts';

describe('the tools', () => {
  let folder: string;
  const before = { path: process.env.PATH, cache: process.env.CDK8S_WALLARM_OOB_CACHE };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tools-test-'));
    process.env.CDK8S_WALLARM_OOB_CACHE = folder;
  });
  afterEach(async () => {
    process.env.PATH = before.path;
    if (before.cache === undefined) delete process.env.CDK8S_WALLARM_OOB_CACHE;
    else process.env.CDK8S_WALLARM_OOB_CACHE = before.cache;
    await rm(folder, { recursive: true, force: true });
  });

  it('are kept in the folder that the environment names', () => {
    expect(cacheFolder({ CDK8S_WALLARM_OOB_CACHE: '/a' })).to.equal('/a');
    expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).to.equal('/b/cdk8s-wallarm-oob');
    expect(cacheFolder({})).to.match(/\/\.cache\/cdk8s-wallarm-oob$/);
  });

  it('refuse a name that is none of theirs, before anything is built', async () => {
    const failure = await buildTools(['helm4', 'helmet'], () => {}).catch((error: Error) => error);
    expect(failure).to.be.instanceOf(RangeError);
    expect((failure as Error).message).to.match(/^unknown tool "helmet": expected one of helm4, /);
  });

  it('say that go is missing and where it comes from', async () => {
    await symlink('/usr/bin/nice', join(folder, 'nice'));
    process.env.PATH = folder;
    const failure = await toolPath('bridge', () => {}).catch((error: Error) => error);
    expect((failure as Error).message).to.match(/^go was not found on PATH: .*go\.dev\/dl/);
  });

  it('pass on what a failing build printed', async () => {
    await symlink('/bin/ls', join(folder, 'go')); // does not know the options
    process.env.PATH = `${folder}:${before.path}`;
    const failure = await toolPath('bridge', () => {}).catch((error: Error) => error);
    expect((failure as Error).message).to.match(/^go install .* ended with 2 in .*:\ngo: invalid option/);
  });
});
