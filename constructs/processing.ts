import { Construct } from 'constructs';
import { configFile } from './config-file.ts';
import type { Credentials } from './credentials.ts';
import { deployment, service } from './deployment.ts';
import type { Installation } from './installation.ts';
import { ports } from './ports.ts';

/** Turns mirrored requests into observations. */
export class Processing extends Construct {
  constructor(scope: Construct, id: string, installation: Installation, credentials: Credentials) {
    super(scope, id);
    const checksum = configFile(this, installation, 'processing', {
      listen: `0.0.0.0:${ports.mirror}`,
      aggregation: { host: installation.hostOf('aggregation'), port: ports.findings },
      metrics: { listen: `0.0.0.0:${ports.metrics}` },
      health: { listen: `0.0.0.0:${ports.health}` },
    });
    deployment(this, installation, 'processing', {
      containerName: 'node-native',
      checksum,
      credentials,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      servedPorts: { node: ports.mirror },
      values: installation.values.processing.containers.nodeNative,
    });
    service(this, installation, 'processing', { node: ports.mirror });
  }
}
