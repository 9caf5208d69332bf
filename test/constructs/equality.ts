// `npm run test:equality [-- --runs N]`: the equality tests alone, with more random values than in CI.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '300' }, help: { type: 'boolean' } },
});
const runs = Number(values.runs);
if (values.help || !Number.isInteger(runs) || runs < 1) {
  process.stderr.write('usage: npm run test:equality -- --runs N (random values files for each Helm; 300)\n');
  process.exitCode = values.help ? 0 : 2;
} else {
  const mocha = ['--import=tsx', 'node_modules/mocha/bin/mocha.js', 'test/constructs/equality.helm.test.ts'];
  const { status } = spawnSync(process.execPath, mocha, {
    stdio: 'inherit',
    env: { ...process.env, RUNS: String(runs) },
  });
  process.exitCode = status ?? 1;
}
