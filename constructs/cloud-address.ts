import { choose } from './expression/choose.ts';
import type { Val } from './expression/expr.ts';
import { isEmpty } from './expression/is-empty.ts';
import { isOneOf } from './expression/is-one-of.ts';
import { or } from './expression/or.ts';
import { required } from './expression/required.ts';
import type { Installation } from './installation.ts';
import { ports } from './ports.ts';

/** Hosts of the vendor's cloud. Its upload protocol is private, so they mean the cloud service of this release. */
export const vendorHosts = ['api.wallarm.com', 'us1.api.wallarm.com', 'me1.api.wallarm.com'] as const;

/** Whether uploads go to the cloud service of this release. */
export function isInCluster(installation: Installation): Val<boolean> {
  const { host } = installation.values.config.api;
  return or(isEmpty(host), isOneOf(host, ...vendorHosts));
}

/** Host of the cloud service that aggregation uploads to. */
export function cloudHost(installation: Installation): Val<string> {
  const { config, cloud } = installation.values;
  const ours = choose(cloud.enabled, installation.hostOf('cloud'), '');
  return required(
    choose(isInCluster(installation), ours, config.api.host),
    'config.api.host',
    'set the host of a cloud service, or set cloud.enabled to true to run one in this release',
  );
}

/** Port of it. */
export function cloudPort(installation: Installation): Val<number> {
  return choose<number>(isInCluster(installation), ports.uploads, installation.values.config.api.port);
}
