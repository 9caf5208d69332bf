import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Supervisor } from '../../../runtime/demo/supervisor.ts';

/** Waits for a condition, at most ten seconds. */
async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never true: ${condition}`);
    await delay(20);
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie is dead: only its parent has not looked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('demo supervisor', () => {
  let folder: string;
  let said: string[];
  let givenUp: Error[];
  let restarted: string[];
  let supervisor: Supervisor;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'demo-supervisor-'));
    said = [];
    givenUp = [];
    restarted = [];
    supervisor = new Supervisor({
      folder,
      stopMs: 1000,
      say: line => said.push(line),
      onGivenUp: error => givenUp.push(error),
      onRestarted: name => restarted.push(name),
    });
  });

  afterEach(async () => {
    await supervisor.stop();
    rmSync(folder, { recursive: true });
  });

  /** A part that writes a file when it runs, and its grandchild's pid into it. */
  const part = (name: string, script: string) => {
    const marker = join(folder, `${name}.marker`);
    return {
      name,
      command: 'sh',
      args: ['-c', script, 'sh', marker],
      isReady: async () => existsSync(marker),
      marker,
    };
  };
  const withGrandchild = 'sleep 600 & echo $! > "$1"; wait';

  it('starts parts and tells when they work', async () => {
    const one = part('one', withGrandchild);
    supervisor.start(one);
    await supervisor.whenReady('one');
    expect(lives(supervisor.pid('one'))).to.equal(true);
  });

  it('ends parts with all their children', async () => {
    const one = part('one', withGrandchild);
    supervisor.start(one);
    await supervisor.whenReady('one');
    const pids = [supervisor.pid('one'), Number(readFileSync(one.marker, 'utf8'))];
    await supervisor.stop();
    await until(() => !pids.some(lives));
    expect(said).to.deep.equal([]);
  });

  it('ends a part that ignores being asked', async () => {
    const deaf = part('deaf', 'trap "" TERM; echo > "$1"; while :; do sleep 1; done');
    supervisor.start(deaf);
    await supervisor.whenReady('deaf');
    const pid = supervisor.pid('deaf');
    await supervisor.stop();
    await until(() => !lives(pid));
  });

  it('starts a part again that was killed, and says so', async () => {
    const one = part('one', withGrandchild);
    supervisor.start(one);
    await supervisor.whenReady('one');
    const before = supervisor.pid('one');
    const grandchild = Number(readFileSync(one.marker, 'utf8'));
    rmSync(one.marker);
    supervisor.kill('one');
    await until(() => restarted.length === 1);
    await supervisor.whenReady('one');
    expect(supervisor.pid('one')).not.to.equal(before);
    expect(lives(grandchild)).to.equal(false);
    await until(() => said.length === 2);
    expect(said).to.deep.equal(['one ended (SIGKILL); starting it again', 'one works again']);
  });

  it('gives up on a part that keeps dying, with the end of its log', async () => {
    supervisor.start(part('weak', 'echo out of luck; exit 3'));
    const failure = await supervisor.whenReady('weak').then(
      () => expect.fail('it never was'),
      error => error,
    );
    expect(failure.message).to.contain('weak ended while starting');
    await until(() => givenUp.length === 1);
    expect(givenUp[0]?.message).to.match(/^weak died 6 times \(exit code 3\)\.\n.*\n {2}out of luck/);
  });

  it('says when a program does not exist', async () => {
    supervisor.start({ name: 'none', command: '/no/such/program', args: [], isReady: async () => false });
    await until(() => givenUp.length === 1);
    expect(givenUp[0]?.message).to.contain('/no/such/program');
  });

  it('keeps the configuration of this shell from the parts', async () => {
    process.env.OOB_LOG__LEVEL = 'trace';
    try {
      const shows = part('shows', 'env > "$1"; sleep 600');
      supervisor.start(shows);
      await supervisor.whenReady('shows');
      await until(() => readFileSync(shows.marker, 'utf8').includes('PATH='));
      expect(readFileSync(shows.marker, 'utf8')).not.to.contain('OOB_LOG');
    } finally {
      delete process.env.OOB_LOG__LEVEL;
    }
  });

  it('leaves no part behind when its process is killed', async () => {
    const one = part('one', withGrandchild);
    const script = join(folder, 'owner.ts');
    const module = join(import.meta.dirname, '../../../runtime/demo/supervisor.ts');
    writeFileSync(
      script,
      `import { Supervisor } from ${JSON.stringify(module)};
       const supervisor = new Supervisor({ folder: ${JSON.stringify(folder)}, say() {}, onGivenUp() {} });
       supervisor.start({ name: 'part', command: 'sleep', args: ['600'], isReady: async () => true });
       console.log(supervisor.pid('part'));`,
    );
    supervisor.start({ ...one, command: process.execPath, args: [script], isReady: async () => true });
    const log = join(folder, 'one.log');
    await until(() => /^\d+$/m.test(readFileSync(log, 'utf8')));
    const pid = Number(readFileSync(log, 'utf8').trim());
    expect(lives(pid)).to.equal(true);
    process.kill(supervisor.pid('one'), 'SIGKILL');
    await until(() => !lives(pid));
  });
});
