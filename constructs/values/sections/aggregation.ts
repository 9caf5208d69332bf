import { section } from '../kinds/section.ts';
import { persistence } from './persistence.ts';
import { containerKeys, podKeys, serviceAccount } from './workload.ts';

export const aggregation = section(
  'Aggregation: learns path templates and keeps the API structure of the cluster.',
  {
    ...podKeys,
    containers: section('Containers of the pod.', {
      wstore: section(
        'The aggregation container.',
        containerKeys({ requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1536Mi' } }),
      ),
    }),
    serviceAccount: serviceAccount(false, 'Create it. Its token is not mounted.'),
    persistence: persistence('5Gi'),
  },
);
