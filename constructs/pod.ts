import type { Container, EnvVar, PodSpec, SecurityContext } from 'kubernetes-types/core/v1.d.ts';
import type { Credentials } from './credentials.ts';
import type { Val } from './expression/expr.ts';
import { isEmpty } from './expression/is-empty.ts';
import { layered } from './expression/layers.ts';
import { not } from './expression/not.ts';
import { probe } from './expression/probe.ts';
import { items, list } from './expression/spread.ts';
import { text } from './expression/text.ts';
import { orBuiltIn, unlessEmpty } from './expression/unless-empty.ts';
import { when } from './expression/when.ts';
import { image } from './images.ts';
import type { Component, Installation } from './installation.ts';
import { metricsPort } from './metrics.ts';
import type { Templated } from './resource.ts';
import type { KubernetesObject } from './values/kinds/kubernetes-json.ts';

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

type ObjectList = Val<readonly KubernetesObject[]> | undefined;
type Values = Installation['values'];

/** Properties of {@link container}. */
export interface ContainerOptions {
  readonly name: string;
  readonly healthPort: number;
  /** Directory of the configuration file. */
  readonly configDir: string;
  /** Ports that the part serves, besides metrics and health. */
  readonly servedPorts: Container['ports'];
  /** Replaces the entry point of the image when it is not empty. */
  readonly command?: Val<readonly string[]> | undefined;
  /** Replaces the arguments when it is not empty. */
  readonly args?: Val<readonly string[]> | undefined;
  readonly env: readonly Templated<EnvVar>[];
  readonly extraEnvs: ObjectList;
  readonly mounts: readonly (Templated<NonNullable<Container['volumeMounts']>[number]> | undefined)[];
  readonly extraMounts: readonly ObjectList[];
  readonly securityContext: unknown;
  readonly values: Pick<
    Values['agent'],
    'resources' | 'lifecycle' | 'securityContext' | 'livenessProbe' | 'readinessProbe'
  >;
}

/** The container of a part. */
export function container(
  installation: Installation,
  component: Component,
  options: ContainerOptions,
): Templated<Container> {
  const { values } = options;
  const builtInArgs = ['run', '--config', `${options.configDir}/config.yaml`];
  const mounts = [
    { name: 'config', mountPath: options.configDir, readOnly: true },
    ...options.mounts,
    ...options.extraMounts.flatMap(extra => items<unknown>(extra)),
  ];
  return {
    name: options.name,
    image: image(installation, component),
    imagePullPolicy: installation.values.config.images[component].pullPolicy,
    command: unlessEmpty(options.command) as string[] | undefined,
    args:
      options.args === undefined ? builtInArgs : orBuiltIn<string[]>(options.args as string[], builtInArgs),
    env: list(...options.env, ...(items<unknown>(options.extraEnvs) as EnvVar[])) as Templated<EnvVar[]>,
    ports: list(...(options.servedPorts ?? []), metricsPort(installation, component), {
      name: 'health',
      containerPort: options.healthPort,
    }) as Container['ports'],
    livenessProbe: unlessEmpty(probe(values.livenessProbe)) as Container['livenessProbe'],
    readinessProbe: unlessEmpty(probe(values.readinessProbe)) as Container['readinessProbe'],
    lifecycle: unlessEmpty(values.lifecycle) as Container['lifecycle'],
    resources: unlessEmpty(values.resources) as Templated<Container['resources']>,
    securityContext: orBuiltIn(
      values.securityContext,
      options.securityContext,
    ) as Container['securityContext'],
    volumeMounts: list(...mounts) as Container['volumeMounts'],
  } as Templated<Container>;
}

/** Where the pods of a part run, how their images are pulled and how they end. */
export function scheduling(
  installation: Installation,
  component: Component,
): Templated<Partial<PodSpec>> & object {
  const { nodeSelector, tolerations, affinity, priorityClassName, terminationGracePeriodSeconds } =
    installation.values[component];
  return {
    terminationGracePeriodSeconds,
    priorityClassName: when(not(isEmpty(priorityClassName)), priorityClassName),
    imagePullSecrets: unlessEmpty(installation.values.imagePullSecrets) as PodSpec['imagePullSecrets'],
    nodeSelector: unlessEmpty(nodeSelector) as PodSpec['nodeSelector'],
    tolerations: unlessEmpty(tolerations) as PodSpec['tolerations'],
    affinity: unlessEmpty(affinity) as PodSpec['affinity'],
    initContainers: unlessEmpty(
      installation.values[component].extraInitContainers,
    ) as PodSpec['initContainers'],
  } as Partial<PodSpec>;
}

/** Labels and annotations of the pods of a part. */
export function podMetadata(
  installation: Installation,
  component: Component,
  checksum: Val<string>,
  credentials: Credentials,
  more: Readonly<Record<string, string | undefined>> = {},
) {
  const { podLabels, podAnnotations, metrics } = installation.values[component];
  const annotations = {
    'checksum/config': checksum,
    'checksum/credentials': credentials.checksum,
    'prometheus.io/scrape': when<Val<string>>(metrics.enabled, 'true') as string,
    'prometheus.io/port': when(metrics.enabled, text`${metrics.port}`) as string,
    'prometheus.io/path': when(metrics.enabled, metrics.path) as string,
    ...(more as Record<string, string>),
  };
  return {
    labels: installation.podLabels(component, podLabels),
    annotations: layered(annotations, Object.keys(annotations), podAnnotations),
  };
}
