import { section } from '../kinds/section.ts';
import { containerKeys, podKeys, serviceAccount } from './workload.ts';

export const agent = section(
  'The agent: a privileged DaemonSet that mirrors the inbound traffic of selected pods.',
  {
    ...podKeys,
    ...containerKeys({ requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } }),
    serviceAccount: serviceAccount(
      true,
      'Create it. The agent watches nodes, namespaces and pods through it.',
    ),
  },
);
