import type { Construct } from 'constructs';
import type { Deployment, DeploymentStrategy } from 'kubernetes-types/apps/v1.d.ts';
import type { Service, Volume } from 'kubernetes-types/core/v1.d.ts';
import type { Credentials } from './credentials.ts';
import type { Val } from './expression/expr.ts';
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
const configDir = '/etc/wallarm-oob';

/** Properties of {@link deployment}. */
export interface DeploymentOptions {
  readonly containerName: string;
  readonly checksum: Val<string>;
  readonly credentials: Credentials;
  readonly strategy: DeploymentStrategy;
  readonly servedPorts: Readonly<Record<string, number>>;
  readonly values: ContainerOptions['values'];
  /** A volume for the data and where it is mounted; without one the part keeps nothing. */
  readonly data?: { readonly volume: Templated<Volume>; readonly mountPath: string };
}

/** A Deployment of one pod that needs no privilege. */
export function deployment(
  scope: Construct,
  installation: Installation,
  component: Exclude<Component, 'agent'>,
  options: DeploymentOptions,
): void {
  const name = installation.nameOf(component);
  const serviceAccountName = serviceAccount(scope, installation, component);
  const dataMounts = options.data ? [{ name: 'data', mountPath: options.data.mountPath }] : [];
  new Resource<Deployment>(scope, 'deployment', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: installation.release.namespace, labels: installation.labels(component) },
    spec: {
      replicas: 1,
      selector: { matchLabels: installation.selectorLabels(component) },
      strategy: options.strategy as Templated<DeploymentStrategy>,
      template: {
        metadata: podMetadata(installation, component, options.checksum),
        spec: {
          serviceAccountName,
          automountServiceAccountToken: false,
          securityContext: unprivilegedPod,
          terminationGracePeriodSeconds: 30,
          ...scheduling(installation, component),
          containers: [
            container(installation, component, {
              name: options.containerName,
              healthPort: ports.health,
              configDir,
              servedPorts: options.servedPorts,
              env: [
                fieldEnv('POD_NAMESPACE', 'metadata.namespace'),
                fieldEnv('POD_NAME', 'metadata.name'),
                options.credentials.tokenEnv,
              ],
              mounts: [{ name: 'tmp', mountPath: '/tmp' }, ...dataMounts],
              securityContext: unprivileged,
              values: options.values,
            }),
          ],
          volumes: [
            { name: 'config', configMap: { name } },
            { name: 'tmp', emptyDir: {} },
            ...(options.data ? [options.data.volume] : []),
          ],
        },
      },
    },
  });
}

/** The Service in front of a part: port name to service port; the container's port has the same name. */
export function service(
  scope: Construct,
  installation: Installation,
  component: Component,
  servicePorts: Readonly<Record<string, number>>,
): void {
  new Resource<Service>(scope, 'service', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: installation.nameOf(component),
      namespace: installation.release.namespace,
      labels: installation.labels(component),
    },
    spec: {
      type: 'ClusterIP',
      selector: installation.selectorLabels(component),
      ports: Object.entries(servicePorts).map(([name, port]) => ({
        name,
        port,
        targetPort: name,
        protocol: 'TCP',
      })),
    },
  });
}
