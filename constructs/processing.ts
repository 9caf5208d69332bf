import { Construct } from 'constructs';
import type { ContainerPort, Service } from 'kubernetes-types/core/v1.d.ts';
import { autoscaler, isAutoscaled } from './autoscaler.ts';
import type { Certificates } from './certificates.ts';
import { configFile } from './config-file.ts';
import type { Credentials } from './credentials.ts';
import { deployment } from './deployment.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { and } from './expression/and.ts';
import type { Val } from './expression/expr.ts';
import { firstNonEmpty } from './expression/first-non-empty.ts';
import { whenever } from './expression/guard.ts';
import { moreThan } from './expression/more-than.ts';
import { not } from './expression/not.ts';
import { or } from './expression/or.ts';
import { list } from './expression/spread.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';
import { metricsConfig } from './metrics.ts';
import { ports } from './ports.ts';
import { Resource } from './resource.ts';
import { service } from './service.ts';

/** Turns mirrored requests into observations. */
export class Processing extends Construct {
  constructor(
    scope: Construct,
    id: string,
    installation: Installation,
    credentials: Credentials,
    certificates: Certificates,
  ) {
    super(scope, id);
    const { log } = installation.values.config.connector;
    const { containers } = installation.values.processing;
    const checksum = configFile(this, installation, 'processing', {
      listen: `0.0.0.0:${ports.mirror}`,
      tls: certificates.processingTls,
      aggregation: {
        host: installation.hostOf('aggregation'),
        port: ports.findings,
        tls: certificates.findingsTls,
      },
      log: { level: log.level, pretty: log.pretty },
      metrics: metricsConfig(installation, 'processing'),
      health: { listen: `0.0.0.0:${ports.health}` },
    });
    const isMeshed = hasMesh(installation);
    deployment(this, installation, 'processing', {
      containerName: 'node-native',
      checksum,
      credentials,
      servedPorts: list<ContainerPort>(
        { name: 'node', containerPort: ports.mirror },
        when(isMeshed, { name: 'discovery', containerPort: ports.mesh }),
      ),
      values: containers.nodeNative,
      extraEnvs: firstNonEmpty(
        containers.nodeNative.extraEnvs,
        containers.wcli.extraEnvs,
        containers.init.extraEnvs,
      ),
      extraMounts: [
        firstNonEmpty(
          containers.nodeNative.extraVolumeMounts,
          containers.wcli.extraVolumeMounts,
          containers.init.extraVolumeMounts,
        ),
      ],
      mounts: [certificates.serverMount],
      volumes: [certificates.serverVolume],
    });
    service(this, installation, 'processing', [{ name: 'node', port: ports.mirror }]);
    whenever(this, 'mesh', isMeshed, guarded => this.#discovery(guarded, installation));
    autoscaler(this, installation, 'processing');
    disruptionBudget(this, installation, 'processing');
  }

  /** Headless: its DNS name gives the addresses of all replicas, also of those that are only starting. */
  #discovery(scope: Construct, installation: Installation): void {
    new Resource<Service>(scope, 'discovery', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: installation.metadata({
        component: 'processing',
        name: installation.nameOf('processing-discovery'),
      }),
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: installation.selectorLabels('processing'),
        ports: [{ name: 'discovery', port: ports.mesh, targetPort: 'discovery', protocol: 'TCP' }],
      },
    });
  }
}

/** Whether there may be several replicas, which then find each other. */
export function hasMesh(installation: Installation): Val<boolean> {
  const { connector } = installation.values.config;
  const { replicaCount } = installation.values.processing;
  const isSeveral = or(isAutoscaled(installation, 'processing'), moreThan(replicaCount, 1));
  return and(not(connector.disable_mesh), isSeveral);
}
