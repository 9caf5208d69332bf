import type { Construct } from 'constructs';
import type { DaemonSet, DaemonSetUpdateStrategy } from 'kubernetes-types/apps/v1.d.ts';
import type { ContainerPort, PodSpec, Volume } from 'kubernetes-types/core/v1.d.ts';
import { agentRole } from './agent-role.ts';
import { agentSecurity } from './agent-security.ts';
import { configFile } from './config-file.ts';
import { orEmpty } from './expression/or-empty.ts';
import { items, list } from './expression/spread.ts';
import { strategy } from './expression/strategy.ts';
import { unlessEmpty } from './expression/unless-empty.ts';
import type { Installation } from './installation.ts';
import { metricsConfig } from './metrics.ts';
import { Part, type SharedParts } from './part.ts';
import { container, fieldEnv, podMetadata, scheduling } from './pod.ts';
import { ports } from './ports.ts';
import { Resource, type Templated } from './resource.ts';
import { serviceAccount } from './service-account.ts';

const configDir = '/etc/wallarm/agent';

/**
 * The agent on every node. It sees the processes of the host: that is what loading eBPF programs and finding the TLS
 * libraries of other pods takes.
 */
export class Agent extends Part {
  constructor(scope: Construct, id: string, installation: Installation, shared: SharedParts = {}) {
    super(scope, id, installation, 'agent');
    const { credentials, certificates } = this.shared(shared);
    const { agent, config } = installation.values;
    const serviceAccountName = serviceAccount(this, installation, 'agent');
    agentRole(this, installation, serviceAccountName);
    const checksum = configFile(this, installation, 'agent', {
      processing: {
        host: installation.hostOf('processing'),
        port: ports.mirror,
        tls: certificates.agentTls,
      },
      selection: {
        kubernetes: true,
        allNamespaces: config.agent.mirror.allNamespaces,
        filters: orEmpty(config.agent.mirror.filters),
      },
      realIp: {
        header: config.agent.loadBalancerRealIPHeader,
        trustedCidrs: orEmpty(config.agent.loadBalancerTrustedCIDRs),
      },
      metrics: metricsConfig(installation, 'agent'),
      health: { listen: `0.0.0.0:${ports.agentHealth}` },
    });
    const security = agentSecurity(installation);

    new Resource<DaemonSet>(this, 'daemonset', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: installation.metadata({ component: 'agent' }),
      spec: {
        revisionHistoryLimit: installation.values.revisionHistoryLimit,
        selector: { matchLabels: installation.selectorLabels('agent') },
        updateStrategy: unlessEmpty(strategy(agent.updateStrategy)) as DaemonSetUpdateStrategy,
        template: {
          metadata: podMetadata(installation, 'agent', checksum, credentials, security.annotations),
          spec: {
            serviceAccountName,
            hostPID: true,
            securityContext: unlessEmpty(agent.podSecurityContext) as PodSpec['securityContext'],
            ...scheduling(installation, 'agent'),
            containers: list(
              container(installation, 'agent', {
                name: 'agent',
                healthPort: ports.agentHealth,
                configDir,
                servedPorts: items<unknown>(agent.extraPorts) as ContainerPort[],
                args: agent.extraArgs,
                env: [
                  fieldEnv('NODE_NAME', 'spec.nodeName'),
                  fieldEnv('POD_NAMESPACE', 'metadata.namespace'),
                  fieldEnv('POD_NAME', 'metadata.name'),
                  credentials.tokenEnv,
                ],
                extraEnvs: agent.extraEnvs,
                mounts: certificates.agentMounts,
                extraMounts: [agent.extraVolumeMounts],
                securityContext: security.context,
                values: agent,
              }),
              ...(items<unknown>(agent.extraContainers) as PodSpec['containers']),
            ) as Templated<PodSpec['containers']>,
            volumes: list(
              { name: 'config', configMap: { name: installation.nameOf('agent') } },
              ...certificates.agentVolumes,
              ...(items<unknown>(agent.extraVolumes) as Volume[]),
            ) as Templated<Volume[]>,
          },
        },
      },
    });
  }
}
