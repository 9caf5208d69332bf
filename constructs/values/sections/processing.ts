import { integer } from '../kinds/integer.ts';
import { object } from '../kinds/object.ts';
import { section } from '../kinds/section.ts';
import { withoutEffect } from '../kinds/value-node.ts';
import { metrics } from './metrics.ts';
import { nameString, portsAreConstants, serviceKeys } from './service.ts';
import {
  autoscaling,
  commandKeys,
  deploymentKeys,
  mergedContainer,
  namedContainerKeys,
  podDisruptionBudget,
  podKeys,
  serviceAccount,
} from './workload.ts';

const moved = (name: string) => `moved: use processing.containers.${name}`;

export const processing = section(
  'Processing: turns requests into observations; no parameter value leaves it.',
  {
    replicaCount: integer(1, 'Replicas, without the autoscaler.', 0, 1000),
    ...podKeys({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }),
    ...deploymentKeys,
    lifecycle: withoutEffect(object({}, 'hooks belong to a container; set those of `nodeNative`.')),
    containers: section('Containers of the pod.', {
      init: mergedContainer('init', 'nodeNative'),
      nodeNative: section('The processing container.', {
        ...namedContainerKeys({
          requests: { cpu: '500m', memory: '1Gi' },
          limits: { cpu: '1500m', memory: '4Gi' },
        }),
        ...commandKeys(),
      }),
      wcli: mergedContainer('wcli', 'nodeNative'),
    }),
    discoveryServiceName: withoutEffect(
      nameString(
        'the replicas find each other through the headless Service of the release.',
        'wallarm-ebpf-wallarm-oob-processing',
      ),
    ),
    service: serviceKeys(
      { port: integer(18_443, 'Port of the Service; a constant of the product.', 18_443, 18_443) },
      {
        ports: `removed, because ${portsAreConstants}; remove it`,
        clusterIP: 'removed: the replicas have a headless Service of their own; remove it',
      },
    ),
    serviceAccount: serviceAccount(false, 'Create it. Its token is not mounted.'),
    autoscaling: autoscaling(5, 95, 90),
    podDisruptionBudget,
    metrics: metrics(),
  },
  {
    init: moved('init'),
    node: moved('nodeNative'),
    supervisord: moved('wcli'),
    responder: 'removed: processing takes response codes from the mirror; remove it',
    collectd: 'removed: metrics are set under processing.metrics; remove it',
  },
);
