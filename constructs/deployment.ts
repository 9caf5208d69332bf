import type { Construct } from 'constructs';
import type { Deployment, DeploymentStrategy } from 'kubernetes-types/apps/v1.d.ts';
import type { PodSpec, Volume } from 'kubernetes-types/core/v1.d.ts';
import { isAutoscaled } from './autoscaler.ts';
import type { Credentials } from './credentials.ts';
import type { Val } from './expression/expr.ts';
import { not } from './expression/not.ts';
import { items, list } from './expression/spread.ts';
import { strategy } from './expression/strategy.ts';
import { orBuiltIn, unlessEmpty } from './expression/unless-empty.ts';
import { when } from './expression/when.ts';
import type { Component, Installation } from './installation.ts';
import {
  type ContainerOptions,
  container,
  fieldEnv,
  podMetadata,
  scheduling,
  unprivileged,
  unprivilegedPod,
} from './pod.ts';
import { ports } from './ports.ts';
import { Resource, type Templated } from './resource.ts';
import { serviceAccount } from './service-account.ts';

/** Directory of the configuration file of every service but the agent. */
export const configDir = '/etc/wallarm-oob';

/** Properties of {@link deployment}. */
export interface DeploymentOptions {
  readonly containerName: string;
  readonly checksum: Val<string>;
  readonly credentials: Credentials;
  readonly servedPorts: ContainerOptions['servedPorts'];
  readonly command?: ContainerOptions['command'];
  readonly args?: ContainerOptions['args'];
  /** Besides those of every part. */
  readonly env?: ContainerOptions['env'];
  readonly values: ContainerOptions['values'];
  readonly extraEnvs: ContainerOptions['extraEnvs'];
  readonly extraMounts: ContainerOptions['extraMounts'];
  /** More mounts and volumes of the part, which may be conditional. */
  readonly mounts?: ContainerOptions['mounts'];
  readonly volumes?: readonly (Templated<Volume> | undefined)[];
}

/** A Deployment of one pod that needs no privilege. */
export function deployment(
  scope: Construct,
  installation: Installation,
  component: Exclude<Component, 'agent'>,
  options: DeploymentOptions,
): void {
  const values = installation.values[component];
  const name = installation.nameOf(component);
  const serviceAccountName = serviceAccount(scope, installation, component);
  new Resource<Deployment>(scope, 'deployment', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: installation.metadata({ component }),
    spec: {
      replicas: component === 'cloud' ? 1 : replicas(installation, component),
      revisionHistoryLimit: installation.values.revisionHistoryLimit,
      selector: { matchLabels: installation.selectorLabels(component) },
      strategy: unlessEmpty(strategy(values.updateStrategy)) as DeploymentStrategy,
      template: {
        metadata: podMetadata(installation, component, options.checksum, options.credentials),
        spec: {
          serviceAccountName,
          automountServiceAccountToken: false,
          securityContext: orBuiltIn(
            values.podSecurityContext,
            unprivilegedPod,
          ) as unknown as PodSpec['securityContext'],
          ...scheduling(installation, component),
          topologySpreadConstraints: unlessEmpty(
            values.topologySpreadConstraints,
          ) as PodSpec['topologySpreadConstraints'],
          containers: list(
            container(installation, component, {
              name: options.containerName,
              healthPort: ports.health,
              configDir,
              servedPorts: options.servedPorts,
              command: options.command,
              args: options.args,
              env: [
                fieldEnv('POD_NAMESPACE', 'metadata.namespace'),
                fieldEnv('POD_NAME', 'metadata.name'),
                ...(options.env ?? []),
                options.credentials.tokenEnv,
              ],
              extraEnvs: options.extraEnvs,
              mounts: [{ name: 'tmp', mountPath: '/tmp' }, ...(options.mounts ?? [])],
              extraMounts: [...options.extraMounts, values.extraVolumeMounts],
              securityContext: unprivileged,
              values: options.values,
            }),
            ...(items<unknown>(values.extraContainers) as PodSpec['containers']),
          ) as Templated<PodSpec['containers']>,
          volumes: list(
            { name: 'config', configMap: { name } },
            { name: 'tmp', emptyDir: {} },
            ...(options.volumes ?? []),
            ...(items<unknown>(values.extraVolumes) as Volume[]),
          ) as Templated<Volume[]>,
        },
      },
    },
  });
}

/** An autoscaler owns the number of replicas: a fixed one would set it back with every upgrade. */
function replicas(installation: Installation, component: 'processing' | 'aggregation'): number | undefined {
  const { replicaCount } = installation.values[component];
  return when(not(isAutoscaled(installation, component)), replicaCount as number);
}
