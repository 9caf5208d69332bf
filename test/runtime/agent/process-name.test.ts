import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { agentConfig } from '../../../runtime/agent/config.ts';
import { loadConfig } from '../../../runtime/service/config.ts';

const agent = new URL('../../../runtime/agent/main.ts', import.meta.url).pathname;
const tooLong = ['averyveryverylongprocessname', 'x'.repeat(16), 'é'.repeat(8)];

describe('a process name to observe', function () {
  this.timeout(120_000);
  const directory = mkdtempSync(join(tmpdir(), 'oob-process-name-'));
  after(() => rmSync(directory, { recursive: true }));

  function load(name: string) {
    const file = join(directory, 'agent.yaml');
    writeFileSync(file, JSON.stringify({ selection: { comms: ['nginx', name] } }));
    return loadConfig(agentConfig, file, {}).selection.comms;
  }

  it('has 15 bytes at most in selection.comms', () => {
    for (const name of ['x', 'x'.repeat(15), `${'é'.repeat(7)}x`])
      expect(load(name)).to.deep.equal(['nginx', name]);
    for (const name of ['', ...tooLong])
      expect(() => load(name)).to.throw(
        `selection.comms.1: "${name}": expected a process name of 1 to 15 bytes`,
      );
  });

  it('has 15 bytes at most in --comm', () => {
    for (const name of tooLong) {
      const { status, stderr } = spawnSync(process.execPath, [agent, 'observe', '--comm', name], {
        encoding: 'utf8',
        timeout: 30_000,
      });
      expect([status, stderr], name).to.satisfy(() => status === 2 && stderr.includes('1 to 15 bytes'));
      expect(stderr).not.to.contain('ready');
    }
  });
});
