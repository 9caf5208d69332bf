import type { Construct } from 'constructs';
import type { ContainerPort, Service } from 'kubernetes-types/core/v1.d.ts';
import { autoscaler, isAutoscaled } from './autoscaler.ts';
import { configFile } from './config-file.ts';
import { deployment } from './deployment.ts';
import { disruptionBudget } from './disruption-budget.ts';
import { and } from './expression/and.ts';
import type { Val } from './expression/expr.ts';
import { firstNonEmpty } from './expression/first-non-empty.ts';
import { whenever } from './expression/guard.ts';
import { moreThan } from './expression/more-than.ts';
import { not } from './expression/not.ts';
import { or } from './expression/or.ts';
import { orEmpty } from './expression/or-empty.ts';
import { list } from './expression/spread.ts';
import { text } from './expression/text.ts';
import { when } from './expression/when.ts';
import type { Installation } from './installation.ts';
import { metricsConfig } from './metrics.ts';
import { Part, type SharedParts } from './part.ts';
import { fieldEnv } from './pod.ts';
import { ports } from './ports.ts';
import { Resource } from './resource.ts';
import { service } from './service.ts';

/** Turns mirrored requests into observations. */
export class Processing extends Part {
  constructor(scope: Construct, id: string, installation: Installation, shared: SharedParts = {}) {
    super(scope, id, installation, 'processing');
    const { credentials, certificates } = this.shared(shared);
    const { connector } = installation.values.config;
    const { log } = connector;
    const isMeshed = hasMesh(installation);
    const { containers } = installation.values.processing;
    const checksum = configFile(this, installation, 'processing', {
      listen: `0.0.0.0:${ports.mirror}`,
      tls: certificates.processingTls,
      aggregation: {
        host: installation.hostOf('aggregation'),
        port: ports.findings,
        tls: certificates.findingsTls,
      },
      connector: {
        allowed_hosts: orEmpty(connector.allowed_hosts),
        input_filters: {
          inspect: orEmpty(connector.input_filters.inspect),
          bypass: orEmpty(connector.input_filters.bypass),
        },
        route_config: {
          wallarm_application: connector.route_config.wallarm_application,
          wallarm_mode: connector.route_config.wallarm_mode,
          wallarm_partner_client_uuid: connector.route_config.wallarm_partner_client_uuid,
          routes: orEmpty(connector.route_config.routes),
        },
        proxy_headers: orEmpty(connector.proxy_headers),
        disable_mesh: connector.disable_mesh,
      },
      mesh: when(isMeshed, {
        listen: `0.0.0.0:${ports.mesh}`,
        service: text`${installation.nameOf('processing-discovery')}.${installation.release.namespace}.svc`,
      }),
      log: { level: log.level, pretty: log.pretty },
      metrics: metricsConfig(installation, 'processing'),
      health: { listen: `0.0.0.0:${ports.health}` },
    });
    deployment(this, installation, 'processing', {
      containerName: 'node-native',
      checksum,
      credentials,
      servedPorts: list<ContainerPort>(
        { name: 'node', containerPort: ports.mirror },
        when(isMeshed, { name: 'discovery', containerPort: ports.mesh }),
      ),
      // The replica's own address among those of the headless Service.
      env: [fieldEnv('POD_IP', 'status.podIP')],
      command: containers.nodeNative.command,
      args: containers.nodeNative.args,
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
