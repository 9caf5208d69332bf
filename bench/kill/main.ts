// npm run bench:kill: processing, aggregation or both die by SIGKILL at random moments under load; nothing acknowledged
// may be missing or counted twice. The test suite runs a dozen kills, this a hundred.
import { parseArgs } from 'node:util';
import { killRun } from '../../test/runtime/processing/kill-run.ts';

const usage = `usage: npm run bench:kill -- [--kills 100] [--seed 1] [--json]
Exit codes: 0 every exchange was counted once, 1 not so, 2 it could not run.`;

const { kills, seed, json } = readArguments();
let said = performance.now();
const report = await killRun({
  kills,
  seed,
  onKill: (kill, victims) => {
    if (performance.now() - said < 5000) return;
    said = performance.now();
    process.stderr.write(`${kill} of ${kills} kills, now ${victims.join(' and ')}\n`);
  },
}).catch(error => {
  console.error(`bench:kill: ${(error as Error).message}`);
  process.exit(2);
});

const names = [...new Set([...Object.keys(report.sent), ...Object.keys(report.counted)])].sort();
const exact = names.every(name => report.sent[name] === report.counted[name]) && report.stale === 0;
if (json) console.log(JSON.stringify({ kills, seed, exact, ...report }));
else {
  console.log(
    `${kills} kills, seed ${seed}, ${report.seconds.toFixed(0)} s, ${report.connections} connections of agents`,
  );
  console.log(`${'endpoint'.padEnd(28)}${'acknowledged'.padStart(14)}${'counted'.padStart(14)}`);
  for (const name of names)
    console.log(
      `${name.padEnd(28)}${String(report.sent[name] ?? 0).padStart(14)}${String(report.counted[name] ?? 0).padStart(14)}`,
    );
  console.log(
    exact ? 'every exchange was counted exactly once' : 'NOT every exchange was counted exactly once',
  );
}
process.exitCode = exact ? 0 : 1;

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        kills: { type: 'string', default: '100' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const numberOf = (name: 'kills' | 'seed'): number => {
      const value = Number(values[name]);
      if (Number.isInteger(value) && value > 0) return value;
      throw new Error(`--${name} ${values[name]} is not a whole number above 0`);
    };
    return { kills: numberOf('kills'), seed: numberOf('seed'), json: values.json };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
