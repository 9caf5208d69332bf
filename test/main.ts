/**
 * `npm test [-- SUITE …]`: runs the suites of suites.ts (all of them by default; a prefix such as `unit` names
 * several), installing and building what each needs, and ends with the line `N passed, N failed`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodePath } from '../runtime/node.mjs';
import { type Suite, suites } from './suites.ts';
import { ensurePackages } from './system-packages.ts';

interface Attempt {
  title: string;
  error: string;
}

interface Counts {
  passes: number;
  failures: number;
  pending: number;
  /** Empty where a suite died before it could tell. */
  failed: Attempt[];
  /** First attempts that failed. */
  retried: Attempt[];
}

const nothing: Counts = { passes: 0, failures: 0, pending: 0, failed: [], retried: [] };

const root = fileURLToPath(new URL('..', import.meta.url));
/** npm puts the Node of the services first in PATH; what runs npm is the machine's own. */
const installedNode = process.env.npm_node_execpath ?? process.execPath;
const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');

function select(names: readonly string[]): Suite[] {
  const unknown = names.filter(name => !suites.some(suite => suite.name.startsWith(name)));
  if (unknown.length > 0) {
    console.error(`No suite ${unknown.join(', ')}. Suites: ${suites.map(suite => suite.name).join(', ')}`);
    process.exit(2);
  }
  return suites.filter(suite => names.length === 0 || names.some(name => suite.name.startsWith(name)));
}

/** No suite takes a third of it; one that something keeps from ending is a failure. */
const suiteTimeoutMs = 30 * 60_000;

/** Runs mocha on one suite; a run that dies without counting is one failure. */
function runSuite(suite: Suite): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'test-counts-'));
  const counts = join(folder, 'counts');
  const node = suite.node === 'installed' ? [installedNode, '--import=tsx'] : [nodePath()];
  // What kernel, servers, browsers and clocks do at the same time is not in a test's hands. What needed a second attempt is told at the end.
  const retries = process.env.CI !== undefined ? ['--retries', '1'] : [];
  const ignore = (suite.ignore ?? []).flatMap(pattern => ['--ignore', pattern]);
  const [command = '', ...args] = [
    ...node,
    mocha,
    '--reporter',
    join(root, 'test', 'counting-reporter.cjs'),
    '--require',
    join(root, 'test', 'random-seed.mjs'),
    ...retries,
    ...ignore,
    ...suite.files,
  ];
  const run = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      TEST_COUNTS: counts,
      // Chance decides nothing in CI; elsewhere each run tries other inputs.
      ...(process.env.CI !== undefined && { SEED: process.env.SEED ?? '1' }),
      ...(suite.temporary && { TMPDIR: folder }),
    },
    timeout: suiteTimeoutMs,
    killSignal: 'SIGKILL',
  });
  if (run.error !== undefined) console.error(`The suite ${suite.name} did not end: ${run.error.message}`);
  try {
    const result = JSON.parse(readFileSync(counts, 'utf8')) as Counts;
    const failures = run.status === 0 ? result.failures : Math.max(1, result.failures);
    return result.passes + failures === 0 ? { ...result, failures: 1 } : { ...result, failures };
  } catch {
    return { ...nothing, failures: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** For the end of a long output: the suite's name, then each test with the first lines of what it said. */
function describeAttempts(suite: Suite, attempts: readonly Attempt[]): string {
  const lines = attempts.flatMap(({ title, error }) => [
    `  ${title}`,
    ...error
      .split('\n')
      .slice(0, 25)
      .map(line => `    ${line.slice(0, 500)}`),
  ]);
  return [suite.name, ...lines].join('\n');
}

/** Builds Go binaries beside the quick suites. */
function startTools(chosen: readonly Suite[]): { done: Promise<number>; child: ChildProcess } | undefined {
  const names = new Set(chosen.flatMap(suite => suite.tools ?? []));
  if (names.size === 0) return undefined;
  const which = names.has('all') ? [] : [...names];
  const child = spawn(process.execPath, ['--import=tsx', 'test/tools/main.ts', 'build', ...which], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { child, done: new Promise(resolve => child.on('exit', code => resolve(code ?? 1))) };
}

function build(script: string): void {
  const run = spawnSync('npm', ['run', '--silent', script], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (run.status !== 0) throw new Error(`npm run ${script} failed with status ${run.status}`);
}

async function main(): Promise<void> {
  const chosen = select(process.argv.slice(2));
  const total = { passes: 0, failures: 0 };
  const failed: string[] = [];
  const retried: string[] = [];
  const built = new Set<string>();
  const tools = startTools(chosen);
  process.on('exit', () => tools?.child.kill());
  for (const suite of chosen) {
    const start = Date.now();
    console.log(`\n── ${suite.name}`);
    let counts: Counts;
    try {
      if (suite.root === true && process.getuid?.() !== 0) {
        throw new Error(`The suite ${suite.name} loads eBPF programs or starts containers: run it as root.`);
      }
      ensurePackages(suite.packages ?? []);
      for (const script of suite.builds ?? []) {
        if (!built.has(script)) build(script);
        built.add(script);
      }
      if (suite.tools !== undefined && (await tools?.done) !== 0)
        throw new Error('The Go tools could not be built.');
      counts = runSuite(suite);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      counts = { ...nothing, failures: 1 };
    }
    total.passes += counts.passes;
    total.failures += counts.failures + counts.pending;
    if (counts.failures + counts.pending > 0) failed.push(describeAttempts(suite, counts.failed));
    const second = counts.retried.filter(
      ({ title }) => !counts.failed.some(failure => failure.title === title),
    );
    if (second.length > 0) retried.push(describeAttempts(suite, second));
    console.log(`── ${suite.name}: ${((Date.now() - start) / 1000).toFixed(0)} s`);
  }
  if (retried.length > 0) console.log(`\nPassed at the second attempt:\n${retried.join('\n')}`);
  if (failed.length > 0) console.log(`\nFailed:\n${failed.join('\n')}`);
  console.log(`\n${total.passes} passed, ${total.failures} failed`);
  process.exitCode = total.failures === 0 && total.passes > 0 ? 0 : 1;
}

await main();
