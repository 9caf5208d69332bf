import { boolean } from '../kinds/boolean.ts';
import { section } from '../kinds/section.ts';
import { persistence } from './persistence.ts';
import { containerKeys, podKeys, serviceAccount } from './workload.ts';

export const cloud = section('The cloud service: inventory of many clusters, REST API and console.', {
  enabled: boolean(true, 'Run it in this release. Off: `config.api.host` names one elsewhere.'),
  ...podKeys,
  ...containerKeys({ requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } }),
  serviceAccount: serviceAccount(false, 'Create it. Its token is not mounted.'),
  persistence: persistence('10Gi'),
});
