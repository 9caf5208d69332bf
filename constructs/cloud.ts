import { Construct } from 'constructs';
import { configFile } from './config-file.ts';
import type { Credentials } from './credentials.ts';
import { deployment, service } from './deployment.ts';
import type { Installation } from './installation.ts';
import { dataVolume } from './persistence.ts';
import { ports } from './ports.ts';

const dataDir = '/var/lib/wallarm-oob/cloud';

/** Stores the inventory and serves the REST API and the console. */
export class Cloud extends Construct {
  constructor(scope: Construct, id: string, installation: Installation, credentials: Credentials) {
    super(scope, id);
    const checksum = configFile(this, installation, 'cloud', {
      ingest: { listen: `0.0.0.0:${ports.uploadsContainer}` },
      console: { listen: `0.0.0.0:${ports.consoleContainer}` },
      dataDir,
      metrics: { listen: `0.0.0.0:${ports.metrics}` },
      health: { listen: `0.0.0.0:${ports.health}` },
    });
    deployment(this, installation, 'cloud', {
      containerName: 'cloud',
      checksum,
      credentials,
      // Two pods must never write the same database file.
      strategy: { type: 'Recreate' },
      servedPorts: { ingest: ports.uploadsContainer, console: ports.consoleContainer },
      values: installation.values.cloud,
      data: { volume: dataVolume(this, installation, 'cloud'), mountPath: dataDir },
    });
    service(this, installation, 'cloud', { ingest: ports.uploads, console: ports.console });
  }
}
