import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pskOptions } from '../protocol/psk.ts';
import type { RunningService, ServiceContext } from '../service/command.ts';
import { formatAddress, type ListenAddress } from '../service/listen-address.ts';
import { version } from '../service/version.ts';
import type { CloudConfig } from './cloud-config.ts';
import { cloudMetrics } from './cloud-metrics.ts';
import { ingestListener } from './ingest/ingest-listener.ts';
import { consoleListener } from './rest/console-listener.ts';
import { FailureLimiter } from './rest/failure-limiter.ts';
import { SqliteStorage } from './storage/sqlite-storage.ts';

export type CloudService = RunningService & {
  readonly ingestAddress: AddressInfo;
  readonly consoleAddress: AddressInfo;
};

/** Opens the database and both listeners; stopping answers what is under way and closes the database last. */
export async function startCloud(
  context: ServiceContext<Pick<CloudConfig, 'ingest' | 'console' | 'dataDir'>>,
): Promise<CloudService> {
  const { config, health, log, token } = context;
  const databasePath = join(config.dataDir, 'cloud.sqlite');
  const storage = new SqliteStorage(databasePath);
  const listeners: FastifyInstance[] = [];
  const stop = async () => {
    await Promise.all(listeners.map(listener => listener.close()));
    await storage.close();
  };
  try {
    log.info({ path: databasePath }, 'database is open');
    const shared = { token, version, storage, log, metrics: cloudMetrics(context.metrics, storage) };
    // A limiter each: mistakes of a person must not hold up the uploads behind the same address.
    const ingest = ingestListener({
      ...shared,
      limiter: new FailureLimiter(),
      tls: pskOptions(token, 'upload'),
    });
    listeners.push(ingest);
    const web = await consoleListener({ ...shared, limiter: new FailureLimiter() });
    listeners.push(web);
    const ingestAddress = await listen(ingest, config.ingest.listen, 'ingest.listen');
    const consoleAddress = await listen(web, config.console.listen, 'console.listen');
    log.info(
      { ingest: addressText(ingestAddress), console: `http://${addressText(consoleAddress)}/` },
      'uploads, REST API and console are listening',
    );
    health.setReady(true);
    return { ingestAddress, consoleAddress, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(server: FastifyInstance, address: ListenAddress, key: string): Promise<AddressInfo> {
  try {
    await server.listen({
      host: address.host,
      port: address.port,
      listenTextResolver: () => `${key} is open`,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot listen on ${formatAddress(address)} (${key}): ${reason}`, { cause: error });
  }
  return server.server.address() as AddressInfo;
}

function addressText({ address, port }: AddressInfo): string {
  return formatAddress({ host: address, port });
}
