import { parseArgs } from 'node:util';
import { BuildError } from './go-build.ts';
import { buildTools, toolNames, toolPath } from './tools.ts';

const help = `Builds the binaries that the tests use from Go modules, into the cache folder.

Usage: npm run tools -- build [NAME…]     build what is missing (all of them without a name)
       npm run tools -- path NAME         print the path of one, building it when it is missing
       npm run tools -- list              print the names

The cache folder is $CDK8S_WALLARM_OOB_CACHE, else $XDG_CACHE_HOME/cdk8s-wallarm-oob, else ~/.cache/cdk8s-wallarm-oob.
Exit code: 0 done, 1 a build failed, 2 bad arguments.
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  const [command, ...names] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(help);
    return values.help ? 0 : 2;
  }
  if (command === 'list') {
    process.stdout.write(`${toolNames.join('\n')}\n`);
    return 0;
  }
  if (command === 'build') {
    const built = await buildTools(names.length > 0 ? names : toolNames);
    for (const [name, path] of built) process.stdout.write(`${name}\t${path}\n`);
    return 0;
  }
  if (command === 'path' && names.length === 1) {
    process.stdout.write(`${await toolPath(names[0] ?? '')}\n`);
    return 0;
  }
  process.stderr.write(`unknown command "${positionals.join(' ')}"\n\n${help}`);
  return 2;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = error instanceof BuildError ? 1 : 2;
}
