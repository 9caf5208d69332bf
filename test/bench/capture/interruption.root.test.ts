// Needs root, BTF, the built capture (npm run build:bpf) and what the benchmark runs.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../../bpf/support.ts';

const main = join(import.meta.dirname, '../../../bench/capture/main.ts');

/** Hides tracefs, as where it is not mounted. */
const withoutTracefs = [
  ...['unshare', '--mount', 'sh', '-c'],
  'for place in /sys/kernel/debug /sys/kernel/tracing; do mount -t tmpfs tmpfs $place || exit 1; done; exec "$@"',
  'sh',
];

/** Names of the processes that were started with this folder for temporary files. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
        return environment.includes(`TMPDIR=${folder}`)
          ? [readFileSync(`/proc/${pid}/comm`, 'latin1').trimEnd()]
          : [];
      } catch {
        return [];
      }
    });
}

describe('the benchmark of the capture', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`stops its servers and removes its folders at ${signal}, where it mounted tracefs, too`, async () => {
      const [command = '', ...args] = [...withoutTracefs, process.execPath, main, '1'];
      const bench = spawn(command, args, {
        env: { ...process.env, TMPDIR: folder },
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true,
      });
      let errors = '';
      bench.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors += text;
      });
      const exited = new Promise(resolve => bench.once('exit', resolve));
      await until(
        'the first measurement',
        () => processesOf(folder).includes('wrk') || bench.exitCode !== null,
        90_000,
      );
      // A terminal sends its signals to all of them.
      process.kill((signal === 'SIGTERM' ? 1 : -1) * (bench.pid ?? 0), signal);
      expect(await exited, errors).to.equal({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
      expect(errors).to.equal('');
      expect(processesOf(folder)).to.deep.equal([]);
      expect(readdirSync(folder)).to.deep.equal([]);
    });
  }
});
