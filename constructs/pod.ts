import type { Container, EnvVar, PodSpec, SecurityContext } from 'kubernetes-types/core/v1.d.ts';
import type { Val } from './expression/expr.ts';
import { items, list, withUserEntries } from './expression/spread.ts';
import { unlessEmpty } from './expression/unless-empty.ts';
import { image } from './images.ts';
import type { Component, Installation } from './installation.ts';
import { ports } from './ports.ts';
import type { Templated } from './resource.ts';

/** User and group of every service but the agent: the one that the images name. */
const serviceUser = 65532;

/** What a service other than the agent may do: nothing. */
export const unprivileged: SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: serviceUser,
  runAsGroup: serviceUser,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** The same for the pod; the group owns its volumes. */
export const unprivilegedPod = { fsGroup: serviceUser, fsGroupChangePolicy: 'OnRootMismatch' };

/** An environment variable with a field of the pod. */
export function fieldEnv(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

type Values = Installation['values'];

/** Properties of {@link container}. */
export interface ContainerOptions {
  readonly name: string;
  readonly healthPort: number;
  /** Directory of the configuration file. */
  readonly configDir: string;
  /** Name and number of the ports that the part serves, besides metrics and health. */
  readonly servedPorts: Readonly<Record<string, number>>;
  readonly env: readonly Templated<EnvVar>[];
  readonly mounts: NonNullable<Container['volumeMounts']>;
  readonly securityContext: SecurityContext;
  readonly values: Pick<Values['agent'], 'resources' | 'extraEnvs'>;
}

/** The container of a part. */
export function container(
  installation: Installation,
  component: Component,
  options: ContainerOptions,
): Templated<Container> {
  const served = { ...options.servedPorts, metrics: ports.metrics, health: options.healthPort };
  return {
    name: options.name,
    image: image(installation, component),
    imagePullPolicy: installation.values.config.images[component].pullPolicy,
    args: ['run', '--config', `${options.configDir}/config.yaml`],
    env: list(...options.env, ...(items<unknown>(options.values.extraEnvs) as EnvVar[])) as Templated<
      EnvVar[]
    >,
    ports: Object.entries(served).map(([name, containerPort]) => ({ name, containerPort })),
    livenessProbe: probe('/live'),
    readinessProbe: probe('/ready'),
    resources: unlessEmpty(options.values.resources) as Templated<Container['resources']>,
    securityContext: options.securityContext as Templated<SecurityContext>,
    volumeMounts: [
      { name: 'config', mountPath: options.configDir, readOnly: true },
      ...options.mounts,
    ] as Templated<Container['volumeMounts']>,
  };
}

function probe(path: string) {
  return {
    httpGet: { path, port: 'health' },
    initialDelaySeconds: 5,
    periodSeconds: 5,
    timeoutSeconds: 3,
    failureThreshold: 3,
  };
}

/** Where the pods of a part run, and how their images are pulled. */
export function scheduling(
  installation: Installation,
  component: Component,
): Templated<Partial<PodSpec>> & object {
  const { nodeSelector, tolerations, affinity } = installation.values[component];
  return {
    imagePullSecrets: unlessEmpty(installation.values.imagePullSecrets) as PodSpec['imagePullSecrets'],
    nodeSelector: unlessEmpty(nodeSelector) as PodSpec['nodeSelector'],
    tolerations: unlessEmpty(tolerations) as PodSpec['tolerations'],
    affinity: unlessEmpty(affinity) as PodSpec['affinity'],
  } as Partial<PodSpec>;
}

/** Labels and annotations of the pods of a part. */
export function podMetadata(installation: Installation, component: Component, checksum: Val<string>) {
  const { podLabels, podAnnotations } = installation.values[component];
  const annotations = {
    'checksum/config': checksum,
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(ports.metrics),
    'prometheus.io/path': '/metrics',
  };
  return {
    labels: installation.podLabels(component, podLabels),
    annotations: withUserEntries(annotations, podAnnotations, Object.keys(annotations)),
  };
}
