import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { withLock } from './lock.ts';

describe('a lock between processes', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-test-'));
    path = join(folder, 'nested', 'a.lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('lets one piece of work run at a time', async () => {
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withLock(path, async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise(resolve => setImmediate(resolve));
          running -= 1;
        }),
      ),
    );
    expect(most).to.equal(1);
  });

  it('returns what the work returns and leaves no file', async () => {
    expect(await withLock(path, async () => 42)).to.equal(42);
    expect(await access(path).catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ENOENT');
  });

  it('is released when the work fails', async () => {
    const failure = await withLock(path, () => Promise.reject(new Error('no'))).catch(
      (error: Error) => error,
    );
    expect(failure).to.be.an('error').with.property('message', 'no');
    expect(await withLock(path, async () => 'again')).to.equal('again');
  });

  it('is taken over from a process that died', async () => {
    const dead = spawn('true');
    await once(dead, 'exit');
    await withLock(path, async () => {}); // makes the folder
    await writeFile(path, JSON.stringify({ pid: dead.pid, host: hostname() }));
    expect(await withLock(path, async () => 'mine')).to.equal('mine');
  });

  it('is taken over from a holder on another machine that no longer renews it', async () => {
    await withLock(path, async () => {});
    await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere' }));
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(path, longAgo, longAgo);
    expect(await withLock(path, async () => 'mine')).to.equal('mine');
  });

  it('says who holds it, once, while it waits', async () => {
    const told: string[] = [];
    const { promise: finished, resolve: finish } = deferred();
    const { promise: held, resolve: hold } = deferred();
    const first = withLock(path, () => {
      hold();
      return finished;
    });
    await held;
    const second = withLock(
      path,
      async () => 'second',
      holder => {
        told.push(holder);
        finish();
      },
    );
    expect(await second).to.equal('second');
    await first;
    expect(told).to.deep.equal([`process ${process.pid} on ${hostname()}`]);
  });
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>(settle => (resolve = settle));
  return { promise, resolve };
}
