// The life of a service process: configuration, token, health and metrics up, start, wait for a signal, drain, exit.
import { Counter } from 'prom-client';
import type { z } from 'zod';
import { exitCode, type RunningService, type ServiceDefinition } from './command.ts';
import { type CommonConfig, loadConfig } from './config.ts';
import { openHealthServer } from './health.ts';
import type { HttpEndpoint } from './http-endpoint.ts';
import { formatAddress } from './listen-address.ts';
import { createLog, type Log } from './log.ts';
import { type LogOutput, openLogOutput } from './log-output.ts';
import { createMetrics, type Metrics, openMetricsServer } from './metrics.ts';
import { readToken } from './token.ts';
import { version } from './version.ts';

/** A shorter token may be guessed. */
const shortTokenCharacters = 16;

/** Ends the process. What stops it before a log exists goes to standard error, as plain lines. */
export async function runService<Schema extends z.ZodObject>(
  definition: ServiceDefinition<Schema>,
  configFile: string,
): Promise<never> {
  const { config, token } = prepare(definition, configFile);
  const common = config as CommonConfig;
  const output = openLogOutput();
  const log = createLog({ ...common.log, name: definition.name, secrets: [token], destination: output });
  let started = false;
  const die = (error: unknown) => {
    try {
      log.fatal(
        { err: error },
        started ? 'unexpected error; the process ends' : 'the service could not start',
      );
    } finally {
      // Also when the error cannot even be described.
      process.exit(started ? exitCode.no : exitCode.couldNotRun);
    }
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);

  const graceMs = common.shutdown.gracePeriodSeconds * 1000;
  const stopRequested = stopSignal(log);
  // Armed at the signal, so that a start or a drain that hangs ends in time too.
  stopRequested.then(() =>
    setTimeout(() => {
      log.error({ graceMs }, 'did not stop within shutdown.gracePeriodSeconds; the process ends');
      process.exit(exitCode.no);
    }, graceMs),
  );
  const endpoints: HttpEndpoint[] = [];
  let service: RunningService;
  try {
    const health = await openHealthServer(common.health.listen, (ready, reason) =>
      ready ? log.info('ready') : log.warn({ reason }, 'not ready'),
    );
    endpoints.push(health);
    log.info({ version, address: formatAddress(toListen(health)) }, 'health is listening');
    const metrics = createMetrics();
    countDropped(metrics, output);
    if (common.metrics.enabled) {
      const server = await openMetricsServer(common.metrics.listen, common.metrics.path, metrics);
      endpoints.push(server);
      log.info({ address: formatAddress(toListen(server)) }, 'metrics are listening');
    }
    if (token.length < shortTokenCharacters)
      log.warn(
        `the installation token has only ${token.length} characters; all keys derive from it, 32 random ones are right`,
      );
    service = await definition.start({ config, log, metrics, health, token });
    started = true;
    await stopRequested;
    health.setReady(false, 'stopping');
  } catch (error) {
    return die(error) as never;
  }
  await service.stop();
  for (const endpoint of endpoints) await endpoint.close();
  log.info('stopped');
  process.exit(exitCode.success);
}

function prepare<Schema extends z.ZodObject>(definition: ServiceDefinition<Schema>, configFile: string) {
  try {
    return { config: loadConfig(definition.schema, configFile), token: readToken() };
  } catch (error) {
    console.error(`${definition.name}: ${(error as Error).message}`);
    process.exit(exitCode.couldNotRun);
  }
}

/** A terminal sends Ctrl-C to the process and to those that started it, which pass it on: one wish, two signals. */
const sameWishMs = 500;

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once. */
function stopSignal(log: Log): Promise<void> {
  return new Promise(resolve => {
    let asked: { readonly signal: string; readonly atMs: number } | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        if (asked?.signal === signal && performance.now() - asked.atMs < sameWishMs) return;
        if (asked !== undefined) {
          log.error({ signal }, 'second signal; the process ends without draining');
          process.exit(exitCode.no);
        }
        asked = { signal, atMs: performance.now() };
        log.info({ signal }, 'stopping');
        resolve();
      });
  });
}

/** What a log cannot tell about itself. */
function countDropped(metrics: Metrics, output: LogOutput): void {
  new Counter({
    name: 'oob_log_dropped_lines_total',
    help: 'Log lines that could not be written to standard output.',
    registers: [metrics],
    collect() {
      this.reset();
      this.inc(output.dropped);
    },
  });
}

function toListen({ address }: HttpEndpoint) {
  return { host: address.address, port: address.port };
}
