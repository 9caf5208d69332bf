import { integer } from '../kinds/integer.ts';
import { object } from '../kinds/object.ts';
import { section } from '../kinds/section.ts';
import { withoutEffect } from '../kinds/value-node.ts';
import { metrics } from './metrics.ts';
import { persistence } from './persistence.ts';
import { portsAreConstants, serviceKeys } from './service.ts';
import {
  autoscaling,
  deploymentKeys,
  mergedContainer,
  namedContainerKeys,
  podDisruptionBudget,
  podKeys,
  serviceAccount,
} from './workload.ts';

const moved = (name: string) => `moved: use aggregation.containers.${name}`;

export const aggregation = section(
  'Aggregation: learns path templates and keeps the API structure of the cluster.',
  {
    replicaCount: integer(
      1,
      'Replicas. More than one need a data directory each: no `persistence`.',
      0,
      1000,
    ),
    ...podKeys({ type: 'Recreate' }),
    ...deploymentKeys,
    lifecycle: withoutEffect(object({}, 'hooks belong to a container; set those of `wstore`.')),
    containers: section('Containers of the pod.', {
      init: mergedContainer('init', 'wstore'),
      wcli: mergedContainer('wcli', 'wstore'),
      wstore: section(
        'The aggregation container.',
        namedContainerKeys({
          requests: { cpu: '100m', memory: '1536Mi' },
          limits: { cpu: '350m', memory: '1536Mi' },
        }),
      ),
    }),
    service: serviceKeys(
      { port: integer(3313, 'Port of the Service; a constant of the product.', 3313, 3313) },
      {
        ports: `removed, because ${portsAreConstants}; remove it`,
        clusterIP: 'removed: remove it',
      },
    ),
    serviceAccount: serviceAccount(false, 'Create it. Its token is not mounted.'),
    autoscaling: autoscaling(3, 60, 85),
    podDisruptionBudget,
    metrics: metrics(),
    persistence: persistence('5Gi'),
  },
  {
    init: moved('init'),
    supervisord: moved('wcli'),
    tarantool: moved('wstore'),
    appStructure: moved('wstore'),
    antiBot: moved('wstore'),
  },
);
