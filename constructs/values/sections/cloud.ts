import { boolean } from '../kinds/boolean.ts';
import { integer } from '../kinds/integer.ts';
import { objectList } from '../kinds/object-list.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { stringMap } from '../kinds/string-map.ts';
import { metrics } from './metrics.ts';
import { persistence } from './persistence.ts';
import { nameString, serviceKeys } from './service.ts';
import { containerKeys, deploymentKeys, podKeys, serviceAccount } from './workload.ts';

const ingress = section('Ingress for the console and the REST API.', {
  enabled: boolean(false, 'Create it.'),
  className: nameString("Ingress class; empty for the cluster's default."),
  annotations: stringMap({}, 'Annotations of the Ingress.'),
  host: string('', 'Host name; empty for any.', {
    pattern: ['^([A-Za-z0-9*]([A-Za-z0-9.-]*[A-Za-z0-9])?)?$', 'expected a host name'],
    maxLength: 253,
  }),
  tlsSecretName: nameString('Secret with the certificate of the host; empty for no TLS.'),
});

export const cloud = section('The cloud service: inventory of many clusters, REST API and console.', {
  enabled: boolean(true, 'Run it in this release. Off: `config.api.host` names one elsewhere.'),
  ...podKeys({ type: 'Recreate' }),
  ...deploymentKeys,
  ...containerKeys({ requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } }),
  service: serviceKeys({
    port: integer(80, 'Port of the console and the REST API.', 1, 65_535),
  }),
  ingress,
  serviceAccount: serviceAccount(false, 'Create it. Its token is not mounted.'),
  metrics: metrics(),
  persistence: persistence('10Gi'),
  console: section('Who may reach the console when network policies are on.', {
    from: objectList('Peers as in a NetworkPolicy; empty for everybody.'),
  }),
  ingest: section('Who may upload when network policies are on.', {
    from: objectList('Peers as in a NetworkPolicy, besides the aggregation of this release.'),
  }),
});
