// The real demo: nginx with TLS, the capture in the kernel, and all four services. Needs root and BTF.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Demo } from '../../runtime/demo/demo.ts';
import { type Endpoint, requestsOf } from '../../runtime/demo/inventory.ts';
import { plan } from '../../runtime/demo/traffic.ts';

const root = join(import.meta.dirname, '../..');
const main = join(root, 'runtime/demo/main.ts');

type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A run of the demo's command; `done` resolves when it has ended. */
function run(command: string, args: readonly string[], uid?: number) {
  const child = spawn(command, args, { cwd: root, ...(uid === undefined ? {} : { uid, gid: uid }) });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', data => {
    stdout += data;
  });
  child.stderr.on('data', data => {
    stderr += data;
  });
  const done = new Promise<Run>(resolve => {
    child.on('close', code => resolve({ code, stdout, stderr }));
  });
  return { child, done, stderr: () => stderr };
}

const npm = (...args: string[]) => run('npm', ['run', '-s', 'demo', '--', ...args]);

/** What a run leaves behind: folders, and processes that name one. */
function remains(): string[] {
  const folders = readdirSync(tmpdir()).filter(name => name.startsWith('wallarm-oob-demo-'));
  const processes = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter(line => line.includes('wallarm-oob-demo-'));
  return [...folders, ...processes];
}

async function until(condition: () => boolean, seconds = 30): Promise<void> {
  const deadlineMs = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${seconds} s: ${condition}`);
    await delay(50);
  }
}

function countOf(endpoints: readonly Endpoint[], method: string, template: RegExp): number {
  return requestsOf(
    endpoints.filter(endpoint => endpoint.method === method && template.test(endpoint.template)),
  );
}

/** Every request of `rounds` plans is in the inventory exactly once, at the right endpoint. */
function expectExact(endpoints: readonly Endpoint[], rounds = 1): void {
  const counts = {
    users: countOf(endpoints, 'GET', /^\/api\/v1\/users$/),
    created: countOf(endpoints, 'POST', /^\/api\/v1\/users$/),
    user: countOf(endpoints, 'GET', /^\/api\/v1\/users\/\{[^/{}]+\}$/),
    order: countOf(endpoints, 'GET', /^\/api\/v1\/orders\/\{[^/{}]+\}$/),
    login: countOf(endpoints, 'POST', /^\/api\/v1\/login$/),
    all: requestsOf(endpoints),
  };
  const expected = { users: 40, created: 20, user: 50, order: 30, login: 10, all: 240 };
  const times = Object.fromEntries(Object.entries(expected).map(([name, count]) => [name, count * rounds]));
  expect(counts).to.deep.equal(times);
  expect(new Set(endpoints.map(({ host }) => host))).to.deep.equal(new Set(['api.example.test']));
}

describe('npm run demo', function () {
  this.timeout(180_000);

  afterEach(async () => {
    await until(() => remains().length === 0, 10).catch(() => expect(remains()).to.deep.equal([]));
  });

  it('prints the inventory of what was sent over TLS, exactly', async () => {
    const { code, stdout, stderr } = await npm('--once', '--json').done;
    expect(code, stderr).to.equal(0);
    const { endpoints } = JSON.parse(stdout) as { endpoints: Endpoint[] };
    expectExact(endpoints);
    const users = endpoints.filter(
      ({ method, template }) => method === 'GET' && template === '/api/v1/users',
    );
    expect(users).to.have.length(1);
    const page = users[0]?.parameters.find(({ name }) => name === 'page');
    expect(page).to.include({ location: 'query', type: 'integer', required: true, requests: 40 });
  });

  it('finds nothing without the agent', async () => {
    const { code, stdout } = await npm('--once', '--json', '--without-agent').done;
    expect(JSON.parse(stdout)).to.deep.equal({ endpoints: [] });
    expect(code).to.equal(1);
  });

  it('refuses wrong options and a user who may not capture, with exit code 2', async () => {
    const wrong = await npm('--twice').done;
    expect([wrong.code, wrong.stdout]).to.deep.equal([2, '']);
    expect((await npm('--json').done).code).to.equal(2);
    const nobody = await run(process.execPath, [main, '--once'], 65534).done;
    expect(nobody.code).to.equal(2);
    expect(nobody.stderr).to.contain('as root');
  });

  const running = async (child: { stderr: () => string }) =>
    until(() => /[1-9]\d* endpoints/.test(child.stderr()), 60);

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`ends all of it on ${signal}`, async () => {
      const demo = run(process.execPath, [main]);
      await running(demo);
      demo.child.kill(signal);
      const { code, stdout } = await demo.done;
      expect(stdout).to.contain('api.example.test/api/v1/users');
      expect(code).to.equal(0);
    });
  }

  it('leaves no process behind even when it is killed, and the next run removes its folder', async () => {
    const demo = run(process.execPath, [main]);
    await running(demo);
    demo.child.kill('SIGKILL');
    await demo.done;
    await until(() => remains().every(remain => !remain.includes(' ')), 15);
    expect(remains()).to.have.length(1);
    await npm('--once', '--json', '--without-agent').done;
  });
});

describe('the services under kill -9', function () {
  this.timeout(180_000);
  let demo: Demo;
  let said: string[];
  let failures: Error[];

  beforeEach(async () => {
    said = [];
    failures = [];
    demo = await Demo.start({ say: line => said.push(line), onFailure: error => failures.push(error) });
  });

  afterEach(async () => {
    await demo.stop();
    expect(failures).to.deep.equal([]);
  });

  const expectSettled = async (rounds: number) => {
    const { endpoints } = await demo.settled(60_000);
    expect(requestsOf(endpoints), said.join('\n')).to.equal(demo.expected);
    expectExact(endpoints, rounds);
  };

  for (const name of ['processing', 'aggregation', 'cloud']) {
    it(`counts every request exactly when ${name} is killed twice under traffic`, async () => {
      const sending = demo.send(plan(), { perSecond: 40 });
      for (const share of [0.3, 0.7]) {
        await until(() => demo.expected >= 240 * share);
        demo.supervisor.kill(name);
      }
      await sending;
      await demo.supervisor.whenReady(name);
      expect(said.filter(line => line.startsWith(`${name} ended`))).to.have.length(2);
      await expectSettled(1);
    });
  }

  for (const name of ['agent', 'nginx']) {
    // What an agent holds in memory dies with it, so its kill comes when all was handed on.
    it(`goes on exactly when ${name} is killed between requests`, async () => {
      await demo.send(plan());
      await expectSettled(1);
      demo.supervisor.kill(name);
      await until(() => said.includes('agent works again'));
      await demo.send(plan());
      await expectSettled(2);
    });
  }
});
