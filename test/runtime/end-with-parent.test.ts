import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { until } from '../bpf/support.ts';

const guard = new URL('../../runtime/end-with-parent.mjs', import.meta.url).href;

/** Starts a process that says its number and stays, and stays itself. */
const parent = `
  const { spawn } = require('node:child_process');
  spawn(process.execPath, ['--import', ${JSON.stringify(guard)}, '-e', 'console.log(process.pid); setInterval(() => {}, 1000)'],
    { stdio: ['ignore', 'inherit', 'inherit'] });
  setInterval(() => {}, 1000);
`;

describe('a process that ends with its parent', function () {
  this.timeout(60_000);

  it('ends when that is killed, and not before', async () => {
    const launcher = spawn(process.execPath, ['-e', parent], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [text] = (await once(launcher.stdout, 'data')) as [Buffer];
    const pid = Number(text.toString());
    expect(existsSync(`/proc/${pid}`)).to.equal(true);
    launcher.kill('SIGKILL');
    await until('its end', () => !existsSync(`/proc/${pid}`));
  });
});
