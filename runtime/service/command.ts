// The command line that every service has: `run --config FILE`, `--version`, `--help`; exit codes 0, 1 and 2.
import { Command, type CommanderError } from 'commander';
import type { z } from 'zod';
import type { CommonConfig, commonConfig } from './config.ts';
import type { Health } from './health.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { runService } from './run.ts';
import { version } from './version.ts';

/** What a service gets to start with. */
export interface ServiceContext<Config> {
  config: Config;
  log: Log;
  metrics: Metrics;
  health: Health;
  /** Installation token. Never log it. */
  token: string;
}

export interface RunningService {
  /** Drains and releases everything; called once, within `shutdown.gracePeriodSeconds`. */
  stop(): Promise<void>;
}

export interface ServiceDefinition<Schema extends z.ZodObject> {
  /** `processing` */
  name: string;
  /** One sentence for --help. */
  description: string;
  /** An extension of commonConfig. */
  schema: Schema;
  /** Resolves when the service works; a rejection ends the process with exit code 2. */
  start(context: ServiceContext<z.output<Schema>>): Promise<RunningService>;
}

export const exitCode = { success: 0, no: 1, couldNotRun: 2 } as const;

/**
 * A commander program with `run`; add further commands with `program.command(…)`, then `await program.parseAsync()`.
 * Bad arguments exit with 2.
 */
export function serviceProgram<Schema extends typeof commonConfig>(
  definition: ServiceDefinition<Schema> & { schema: z.ZodType<CommonConfig> },
): Command {
  const program = new Command(definition.name)
    .description(definition.description)
    .version(version)
    .exitOverride(endProcess)
    .showHelpAfterError('(--help shows how to use it)');
  program
    .command('run')
    .description('run the service until SIGTERM or SIGINT')
    .requiredOption('--config <file>', 'YAML configuration file; environment variables OOB_… override it')
    .action(async ({ config }: { config: string }) => runService(definition, config));
  return program;
}

/** Commander throws for --help and --version too (exitCode 0). Everything else is a bad argument. */
function endProcess(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? exitCode.success : exitCode.couldNotRun);
}
