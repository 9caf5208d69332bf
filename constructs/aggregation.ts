import type { Construct } from 'constructs';
import { autoscaler } from './autoscaler.ts';
import { cloudHost, cloudPort } from './cloud-address.ts';
import { configFile } from './config-file.ts';
import { deployment } from './deployment.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { firstNonEmpty } from './expression/first-non-empty.ts';
import type { Installation } from './installation.ts';
import { metricsConfig } from './metrics.ts';
import { Part, type SharedParts } from './part.ts';
import { dataVolume } from './persistence.ts';
import { ports } from './ports.ts';
import { service } from './service.ts';

const dataDir = '/var/lib/wallarm-oob/aggregation';

/** Keeps the API structure of the cluster and uploads it. */
export class Aggregation extends Part {
  constructor(scope: Construct, id: string, installation: Installation, shared: SharedParts = {}) {
    super(scope, id, installation, 'aggregation');
    const { credentials, certificates } = this.shared(shared);
    const { config } = installation.values;
    const { containers } = installation.values.aggregation;
    const checksum = configFile(this, installation, 'aggregation', {
      listen: `0.0.0.0:${ports.findings}`,
      tls: certificates.aggregationTls,
      dataDir,
      clusterName: config.aggregation.clusterName,
      cloud: { host: cloudHost(installation), port: cloudPort(installation) },
      metrics: metricsConfig(installation, 'aggregation'),
      health: { listen: `0.0.0.0:${ports.health}` },
    });
    deployment(this, installation, 'aggregation', {
      containerName: 'wstore',
      checksum,
      credentials,
      servedPorts: [{ name: 'wstore', containerPort: ports.findings }],
      values: containers.wstore,
      extraEnvs: firstNonEmpty(
        containers.wstore.extraEnvs,
        containers.wcli.extraEnvs,
        containers.init.extraEnvs,
      ),
      extraMounts: [
        firstNonEmpty(
          containers.wstore.extraVolumeMounts,
          containers.wcli.extraVolumeMounts,
          containers.init.extraVolumeMounts,
        ),
      ],
      mounts: [{ name: 'data', mountPath: dataDir }, certificates.aggregationMount],
      volumes: [dataVolume(this, installation, 'aggregation'), certificates.aggregationVolume],
    });
    service(this, installation, 'aggregation', [{ name: 'wstore', port: ports.findings }]);
    autoscaler(this, installation, 'aggregation');
    disruptionBudget(this, installation, 'aggregation');
  }
}
