import { Command } from 'commander';
import { version } from '../service/version.ts';
import { type RunOptions, runDemo } from './run-demo.ts';

const couldNotRun = 2;

const program = new Command('demo')
  .description(
    'The whole path on this machine: TLS traffic to nginx, captured and shown as an API inventory.',
  )
  .version(version)
  .option('--once', 'end when all requests that were sent are in the inventory (at most 60 s later)')
  .option('--json', 'with --once: print the inventory as one JSON document')
  .option('--without-agent', 'everything but the agent: nothing is captured, so nothing may be found')
  .option('--no-install', 'do not install missing Debian packages')
  .addHelpText(
    'after',
    `
Needs Linux with BTF and root. Without --once it goes on until Ctrl-C.
Exit codes: 0 endpoints were found, 1 none were, 2 it could not run.`,
  )
  .exitOverride(error => process.exit(error.exitCode === 0 ? 0 : couldNotRun))
  .showHelpAfterError('(--help shows how to use it)');

program.parse();
const options = program.opts<RunOptions>();
if (options.json === true && options.once !== true) program.error('error: --json needs --once');
process.exitCode = await runDemo(options);
