import { section } from '../kinds/section.ts';
import { containerKeys, podKeys, serviceAccount } from './workload.ts';

export const processing = section(
  'Processing: turns requests into observations; no parameter value leaves it.',
  {
    ...podKeys,
    containers: section('Containers of the pod.', {
      nodeNative: section(
        'The processing container.',
        containerKeys({ requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } }),
      ),
    }),
    serviceAccount: serviceAccount(false, 'Create it. Its token is not mounted.'),
  },
);
