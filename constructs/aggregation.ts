import { Construct } from 'constructs';
import { configFile } from './config-file.ts';
import type { Credentials } from './credentials.ts';
import { deployment, service } from './deployment.ts';
import { choose } from './expression/choose.ts';
import { isEmpty } from './expression/is-empty.ts';
import { orElse } from './expression/or-else.ts';
import { required } from './expression/required.ts';
import type { Installation } from './installation.ts';
import { dataVolume } from './persistence.ts';
import { ports } from './ports.ts';

const dataDir = '/var/lib/wallarm-oob/aggregation';

/** Keeps the API structure of the cluster and uploads it. */
export class Aggregation extends Construct {
  constructor(scope: Construct, id: string, installation: Installation, credentials: Credentials) {
    super(scope, id);
    const { config, cloud } = installation.values;
    const inCluster = choose(cloud.enabled, installation.hostOf('cloud'), '');
    const checksum = configFile(this, installation, 'aggregation', {
      listen: `0.0.0.0:${ports.findings}`,
      dataDir,
      clusterName: config.aggregation.clusterName,
      cloud: {
        host: required(
          orElse(config.api.host, inCluster),
          'config.api.host',
          'set the host of a cloud service, or set cloud.enabled to true to run one in this release',
        ),
        port: choose(isEmpty(config.api.host), ports.uploads, config.api.port),
      },
      metrics: { listen: `0.0.0.0:${ports.metrics}` },
      health: { listen: `0.0.0.0:${ports.health}` },
    });
    deployment(this, installation, 'aggregation', {
      containerName: 'wstore',
      checksum,
      credentials,
      // Two pods must never write the same data directory.
      strategy: { type: 'Recreate' },
      servedPorts: { wstore: ports.findings },
      values: installation.values.aggregation.containers.wstore,
      data: { volume: dataVolume(this, installation, 'aggregation'), mountPath: dataDir },
    });
    service(this, installation, 'aggregation', { wstore: ports.findings });
  }
}
