import { boolean } from '../kinds/boolean.ts';
import { countOrPercentage } from '../kinds/count-or-percentage.ts';
import { integer } from '../kinds/integer.ts';
import type { KubernetesObject } from '../kinds/kubernetes-json.ts';
import { object } from '../kinds/object.ts';
import { objectList } from '../kinds/object-list.ts';
import { objectName } from '../kinds/patterns.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { stringMap } from '../kinds/string-map.ts';
import { structured } from '../kinds/structured.ts';
import { printable, printableRemedy, withoutEffect } from '../kinds/value-node.ts';

/** Keys of a workload and its pods: the same for every part. */
export function podKeys(updateStrategy: KubernetesObject) {
  return {
    updateStrategy: object(updateStrategy, 'How pods are replaced when something changes.'),
    extraLabels: stringMap({}, 'Labels of the objects of this part, besides the fixed ones.'),
    extraAnnotations: stringMap({}, 'Annotations of the objects of this part.'),
    podLabels: stringMap({}, 'Labels of the pods, besides the fixed ones.'),
    podAnnotations: stringMap({}, 'Annotations of the pods.'),
    tolerations: objectList('Tolerations of the pods.'),
    affinity: object({}, 'Affinity of the pods.'),
    nodeSelector: stringMap({ 'kubernetes.io/os': 'linux' }, 'Node labels that the pods need.'),
    terminationGracePeriodSeconds: integer(30, 'Time that a pod has to stop, in seconds.', 1, 3600),
    priorityClassName: string('', 'Priority class of the pods.', {
      pattern: [objectName, 'expected the name of a priority class'],
      maxLength: 253,
    }),
    podSecurityContext: object({}, 'Security context of the pods; not empty, it replaces the built-in one.'),
    extraContainers: objectList('Containers beside ours.'),
    extraInitContainers: objectList('Init containers.'),
    extraVolumes: objectList('Volumes of the pods, besides ours.'),
    extraVolumeMounts: objectList('Volume mounts of our container.'),
  };
}

/** Keys of a Deployment, besides those of every workload. */
export const deploymentKeys = {
  topologySpreadConstraints: objectList('How the pods spread over nodes and zones.'),
};

/** Probes, as Kubernetes takes them. */
function probe(path: string, periodSeconds: number): KubernetesObject {
  return {
    httpGet: { path, port: 'health' },
    initialDelaySeconds: 5,
    periodSeconds,
    timeoutSeconds: 3,
    failureThreshold: 3,
  };
}

/** Keys of a container. */
export function containerKeys(resources: KubernetesObject, probePeriodSeconds = 5) {
  const replaces = 'With `tcpSocket`, `exec` or `grpc` in it, the built-in `httpGet` is left out.';
  return {
    resources: object(resources, 'Requests and limits.'),
    extraEnvs: objectList('Environment variables, besides the fixed ones.'),
    lifecycle: object({}, 'Lifecycle hooks of the container.'),
    securityContext: object({}, 'Security context; not empty, it replaces the built-in one.'),
    livenessProbe: object(probe('/live', probePeriodSeconds), `Liveness probe. ${replaces}`),
    readinessProbe: object(probe('/ready', probePeriodSeconds), `Readiness probe. ${replaces}`),
  };
}

/** The same for a container beside others in `containers`. */
export function namedContainerKeys(resources: KubernetesObject) {
  return {
    ...containerKeys(resources),
    extraVolumeMounts: objectList('Volume mounts of the container.'),
  };
}

/** What replaces the entry point and the arguments of an image. */
export function commandKeys() {
  const strings = (doc: string) =>
    structured<readonly string[]>('list of strings', [], doc, {
      type: 'array',
      items: { type: 'string', pattern: printable, description: printableRemedy },
    });
  return {
    command: strings("Not empty, it replaces the image's entry point."),
    args: strings('Not empty, they replace the arguments `run --config …`.'),
  };
}

/** A container of the original whose work our one container does. */
export function mergedContainer(name: string, into: string) {
  const unused = (what: string) =>
    withoutEffect(object({}, `${what} of the original's container \`${name}\`; set those of \`${into}\`.`));
  const inherited = `when \`${into}\` has none of its own`;
  return section(`The original's container \`${name}\`: its work is done by \`${into}\`.`, {
    extraEnvs: objectList(`Environment variables of \`${into}\`, ${inherited}.`),
    extraVolumeMounts: objectList(`Volume mounts of \`${into}\`, ${inherited}.`),
    lifecycle: unused('Lifecycle hooks'),
    securityContext: unused('Security context'),
    resources: unused('Requests and limits'),
    livenessProbe: unused('Liveness probe'),
    readinessProbe: unused('Readiness probe'),
  });
}

/** The service account of a part. */
export function serviceAccount(create: boolean, doc: string) {
  return section('Service account of the pods.', {
    create: boolean(create, doc),
    name: string('', 'Its name; empty for the name of the part, or `default` when it is not created.', {
      pattern: [objectName, 'expected the name of a service account'],
      maxLength: 253,
    }),
    annotations: stringMap({}, 'Annotations of a created service account.'),
  });
}

/** Horizontal scaling of a part. */
export function autoscaling(maxReplicas: number, cpu: number, memory: number) {
  return section('Horizontal pod autoscaler; on, it owns the number of replicas.', {
    enabled: boolean(false, 'Create it.'),
    minReplicas: integer(1, 'Replicas at least.', 1, 1000),
    maxReplicas: integer(maxReplicas, 'Replicas at most.', 1, 1000),
    targetCPUUtilizationPercentage: integer(cpu, 'Of the requested CPU.', 1, 1000),
    targetMemoryUtilizationPercentage: integer(
      memory,
      'Of the requested memory; 0 leaves memory out.',
      0,
      1000,
    ),
    annotations: stringMap({}, 'Annotations of the autoscaler.'),
    behavior: object({}, 'How fast it scales.'),
  });
}

/** How many pods of a part may be evicted at once. */
export const podDisruptionBudget = section(
  'Pod disruption budget; made only where there is more than one replica, or an autoscaler: with one it would block ' +
    'the drain of a node.',
  {
    enabled: boolean(true, 'Create it.'),
    maxUnavailable: countOrPercentage(1, 'Pods that may be missing; used when `minAvailable` is not set.'),
    minAvailable: countOrPercentage('', 'Pods that must be there; empty or 0 when not set.'),
  },
);
