import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { waitUntil } from '../processing/wait-until.ts';

const fixture = new URL('./fixture-service.ts', import.meta.url).pathname;
const token = 'command-test-token';

/** `'still running'` when it takes longer. */
function within<T>(ms: number, promise: Promise<T>): Promise<T | 'still running'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'still running'>(resolve => {
    timer = setTimeout(resolve, ms, 'still running');
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

describe('a service process', function () {
  this.timeout(120_000);
  const directory = mkdtempSync(join(tmpdir(), 'oob-command-'));
  const children: ChildProcess[] = [];
  after(() => rmSync(directory, { recursive: true }));
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  function run(args: string[], env: NodeJS.ProcessEnv = { WALLARM_API_TOKEN: token }) {
    const child = spawn(process.execPath, [fixture, ...args], { env: { PATH: process.env.PATH, ...env } });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        output += text;
      });
    const ended = new Promise<number | null>(resolve => child.once('close', resolve));
    return { child, ended, output: () => output };
  }

  function service(mode = '', more = '') {
    const file = join(directory, `config-${mode}.yaml`);
    const listens = 'metrics: {listen: "127.0.0.1:0"}\nhealth: {listen: "127.0.0.1:0"}\n';
    writeFileSync(file, `mode: "${mode}"\n${listens}${more}`);
    const running = run(['run', '--config', file]);
    const address = (what: string) =>
      new RegExp(`"address":"([^"]+)","msg":"${what}`).exec(running.output())?.[1];
    const started = () => waitUntil('it starts', () => running.output().includes('"started"'));
    return { ...running, address, started };
  }

  it('prints help and version with code 0, and ends with 2 on wrong arguments', async () => {
    const help = run(['--help']);
    expect(await help.ended).to.equal(0);
    expect(help.output()).to.contain('run');
    const version = run(['--version']);
    expect([await version.ended, version.output()]).to.deep.equal([0, '0.1.0\n']);
    for (const args of [['run'], ['run', '--confg', 'x'], ['fly'], ['run', '--config', '/nowhere.yaml']])
      expect(await run(args).ended, args.join(' ')).to.equal(2);
  });

  it('ends with 2 and says what to do without a token', async () => {
    const file = join(directory, 'empty.yaml');
    writeFileSync(file, '{}');
    const running = run(['run', '--config', file], {});
    expect(await running.ended).to.equal(2);
    expect(running.output()).to.contain('set WALLARM_API_TOKEN');
  });

  it('ends with 2 when it cannot start, and with 1 on an unexpected error, without the token in its log', async () => {
    const failing = service('fail');
    expect(await failing.ended).to.equal(2);
    expect(failing.output()).to.contain('the service could not start').and.not.contain(token);
    const throwing = service('throw');
    expect(await throwing.ended).to.equal(1);
    expect(throwing.output()).to.contain('unexpected error');
  });

  it('answers health and metrics, and stops with 0 at SIGTERM', async () => {
    const running = service();
    await running.started();
    const health = `http://${running.address('health')}`;
    const get = async (url: string) => {
      const response = await fetch(url);
      return [response.status, await response.text()] as const;
    };
    expect(await get(`${health}/live`)).to.deep.equal([200, '{"live":true}\n']);
    expect(await get(`${health}/ready`)).to.deep.equal([200, '{"ready":true}\n']);
    expect((await get(`${health}/other`))[0]).to.equal(404);
    expect((await fetch(`${health}/live`, { method: 'POST', body: 'x' })).status).to.equal(405);
    const [status, metrics] = await get(`http://${running.address('metrics')}/metrics`);
    expect(status).to.equal(200);
    expect(metrics).to.contain('process_cpu_seconds_total');
    running.child.kill('SIGTERM');
    expect(await running.ended).to.equal(0);
  });

  for (const pretty of [false, true])
    it(`works and stops with 0 when nobody reads its ${pretty ? 'pretty ' : ''}log any more`, async () => {
      const running = service('chatty', `log: {pretty: ${pretty}}\n`);
      await waitUntil('it logs', () => running.output().includes('chatter'));
      // Health, then metrics.
      const [, address] = running.output().match(/127\.0\.0\.1:\d+/g) ?? [];
      running.child.stdout.destroy();
      await waitUntil('it counts what nobody gets', async () => {
        const response = await fetch(`http://${address}/metrics`);
        return /^oob_log_dropped_lines_total [1-9]\d/m.test(await response.text());
      });
      running.child.kill('SIGTERM');
      expect(await within(10_000, running.ended)).to.equal(0);
    });

  it('ends with 2 or 1 as ever when its log has no reader from the start', async () => {
    for (const [mode, code] of [
      ['fail', 2],
      ['throw', 1],
    ] as const) {
      const running = service(mode);
      running.child.stdout.destroy();
      expect(await within(60_000, running.ended), mode).to.equal(code);
    }
  });

  it('says why it is not ready', async () => {
    const running = service('unready');
    await running.started();
    const response = await fetch(`http://${running.address('health')}/ready`);
    expect([response.status, await response.json()]).to.deep.equal([
      503,
      { ready: false, reason: 'aggregation is away' },
    ]);
  });

  it('cuts off health clients that send too much or too slowly', async () => {
    const running = service();
    await running.started();
    const [host, port] = (running.address('health') ?? '').split(':');
    const answer = (bytes: string) =>
      new Promise<string>(resolve => {
        let text = '';
        const socket = connect(Number(port), host);
        socket
          .on('error', () => {})
          .on('data', data => {
            text += data;
          });
        socket.on('close', () => resolve(text));
        socket.write(bytes);
      });
    expect(await answer(`GET /live HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(10_000)}\r\n\r\n`)).to.contain(
      ' 431 ',
    );
    expect(await answer('GET /live HTTP/1.1\r\nHost')).to.contain(' 408 ');
    running.child.kill('SIGTERM');
    expect(await running.ended).to.equal(0);
  });

  it('ends with 1 when stopping takes longer than the grace period, or at a second signal', async () => {
    const stuck = service('stuck', 'shutdown: {gracePeriodSeconds: 1}\n');
    await stuck.started();
    stuck.child.kill('SIGTERM');
    expect(await stuck.ended).to.equal(1);
    expect(stuck.output()).to.contain('did not stop within');
    const impatient = service('stuck');
    await impatient.started();
    impatient.child.kill('SIGTERM');
    await waitUntil('it stops', () => impatient.output().includes('"stopping"'));
    impatient.child.kill('SIGINT');
    expect(await impatient.ended).to.equal(1);
  });

  it('stops while it is still starting', async () => {
    const hanging = service('hang', 'shutdown: {gracePeriodSeconds: 1}\n');
    await waitUntil('it begins', () => hanging.output().includes('metrics are listening'));
    hanging.child.kill('SIGTERM');
    expect(await hanging.ended).to.equal(1);
  });

  it('says which address is taken', async () => {
    const first = service();
    await first.started();
    const file = join(directory, 'taken.yaml');
    writeFileSync(file, `metrics: {enabled: false}\nhealth: {listen: "${first.address('health')}"}\n`);
    const second = run(['run', '--config', file]);
    expect(await second.ended).to.equal(2);
    expect(second.output()).to.contain(`Cannot listen on ${first.address('health')}: EADDRINUSE`);
  });
});
