// npm run discover -- FILE: the discovery engine on a file of exchanges, no cluster.
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { admissionConfig } from '../processing/config.ts';
import { exitCode } from '../service/command.ts';
import { version } from '../service/version.ts';
import { Discovery } from './discover.ts';
import { InputError } from './input-error.ts';
import { inventoryJson } from './inventory-json.ts';
import { progressLine } from './progress.ts';
import { openSource } from './source.ts';
import { spool } from './spool.ts';

interface Options {
  readonly assign?: true;
  readonly allContentTypes?: true;
  readonly loopback?: true;
  readonly segments: 'strict' | 'lenient';
  readonly quiet?: true;
}

const program = new Command('discover')
  .description('Learns the API structure from recorded exchanges and prints it as JSON.')
  .version(version)
  .argument(
    '<file>',
    'NDJSON, one exchange per line, also those of agent observe --json, or a HAR; gzip is undone; - is standard input',
    readable,
  )
  .option(
    '--assign',
    'print for every line, in order, its endpoint as a JSON string, or null when it was refused',
  )
  .option('--all-content-types', 'admit responses of every content type, not only JSON, XML and octet-stream')
  .option('--loopback', 'admit requests to localhost, 127.0.0.0/8 and ::1')
  .addOption(
    new Option('--segments <rule>', 'which path segments are admitted')
      .choices(['strict', 'lenient'])
      .default('lenient'),
  )
  .option('--quiet', 'no progress on standard error')
  .addHelpText(
    'after',
    `
A line: {"method": "GET", "host": "shop.example", "path": "/users/7", "query": "page=2", "status": 200,
         "requestContentType": "", "responseContentType": "application/json", "headers": {}, "body": {}}
Only method, path and status are required. Thresholds of requests per endpoint are off.
Exit codes: 0 endpoints were found, 1 no exchange was admitted, 2 it could not run.`,
  )
  .exitOverride(error => process.exit(error.exitCode === 0 ? exitCode.success : exitCode.couldNotRun))
  .showHelpAfterError('(--help shows how to use it)');

program.parse();
// A reader that has seen enough, such as head(1), closes the pipe.
process.stdout.on('error', error => process.exit((error as NodeJS.ErrnoException).code === 'EPIPE' ? 0 : 2));
try {
  process.exitCode = await run(program.args[0] as string, program.opts<Options>());
} catch (error) {
  if (!(error instanceof InputError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
  console.error(`discover: ${(error as Error).message}`);
  process.exitCode = exitCode.couldNotRun;
}

async function run(argument: string, options: Options): Promise<number> {
  const progress = options.quiet ? () => {} : progressLine(process.stderr);
  const file = argument === '-' ? await spool(process.stdin) : argument;
  const source = await openSource(file, argument === '-' ? 'standard input' : argument);
  const admission = admissionConfig.parse({
    responseContentType: options.allContentTypes !== true,
    loopbackHosts: options.loopback === true,
    segments: options.segments,
  });
  const discovery = await Discovery.learn(source, { admission, progress });
  if (options.assign === true) {
    let lines: string[] = [];
    for await (const some of discovery.assignments())
      for (const endpoint of some)
        if (lines.push(JSON.stringify(endpoint)) >= 10_000) {
          await print(lines);
          lines = [];
        }
    await print(lines);
  } else for (const part of inventoryJson(await discovery.inventory())) await print([part]);
  const { admitted, read, refused } = discovery.exchanges;
  if (admitted > 0) return exitCode.success;
  const reasons = Object.entries(refused).map(([reason, count]) => `${reason} ${count}`);
  console.error(
    `discover: none of ${read} exchanges was admitted${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''}`,
  );
  return exitCode.no;
}

async function print(lines: readonly string[]): Promise<void> {
  if (lines.length > 0 && !process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain');
}

function readable(file: string): string {
  if (file === '-') return file;
  if (!existsSync(file)) throw new InvalidArgumentError('there is no such file.');
  if (!statSync(file).isFile())
    throw new InvalidArgumentError('it is no regular file; pipe it and give - instead.');
  return file;
}
