import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

export const serviceNames = ['cloud', 'aggregation', 'processing', 'agent'] as const;
export type ServiceName = (typeof serviceNames)[number];

export type DemoPorts = {
  readonly nginx: number;
  readonly api: number;
  readonly ingest: number;
  readonly console: number;
  readonly findings: number;
  readonly mirror: number;
  readonly health: Readonly<Record<ServiceName, number>>;
};

const at = (port: number) => `127.0.0.1:${port}`;

/**
 * Writes NAME.yaml of one service as ../README.md describes it.
 * @param pids the processes whose traffic the agent captures
 * @returns the path of the file
 */
export function writeServiceConfig(
  name: ServiceName,
  folder: string,
  ports: DemoPorts,
  pids: readonly number[] = [],
): string {
  const own = {
    cloud: {
      ingest: { listen: at(ports.ingest) },
      console: { listen: at(ports.console) },
      dataDir: join(folder, 'cloud'),
    },
    aggregation: {
      listen: at(ports.findings),
      dataDir: join(folder, 'aggregation'),
      clusterName: 'demo',
      cloud: { host: '127.0.0.1', port: ports.ingest },
      uploadIntervalMs: 500,
    },
    processing: {
      listen: at(ports.mirror),
      replica: 'demo',
      aggregation: { host: '127.0.0.1', port: ports.findings },
      flushIntervalMs: 500,
    },
    agent: {
      node: 'demo',
      processing: { host: '127.0.0.1', port: ports.mirror },
      // nginx alone, on its TLS port: what it asks the application behind it would count twice.
      selection: { kubernetes: false, pids: [...pids], ports: [ports.nginx] },
    },
  }[name];
  const config = {
    ...own,
    metrics: { enabled: false },
    health: { listen: at(ports.health[name]) },
    shutdown: { gracePeriodSeconds: 8 },
  };
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}
