import { portsAreConstants } from '../values/sections/service.ts';

/** One step from the 0.10 dialect to today's; paths are keys of values.yaml. */
export type Move =
  | { readonly from: string; readonly to: string }
  /** The key goes, with the reason. */
  | { readonly from: string; readonly because: string };

const gone = 'its subject does not exist any more';

/** In order; a later source of the same target is kept out when an earlier one has set it. */
export const moves: readonly Move[] = [
  { from: 'config.aggregation.tarantoolMemory', to: 'config.aggregation.wstoreMemory' },
  { from: 'config.supervisord', to: 'config.wcli' },
  { from: 'config.responder', because: 'processing takes response codes from the mirror' },
  { from: 'config.processing.realIpHeader', to: 'config.agent.loadBalancerRealIPHeader' },
  { from: 'config.processing.setRealIpFrom', to: 'config.agent.loadBalancerTrustedCIDRs' },
  { from: 'config.agent.load_balancer_real_ip_header', to: 'config.agent.loadBalancerRealIPHeader' },
  { from: 'config.agent.load_balancer_trusted_cidrs', to: 'config.agent.loadBalancerTrustedCIDRs' },
  { from: 'config.agent.maxConnections', because: 'the agent holds one connection' },
  { from: 'config.agent.mirror.tls', because: 'TLS is always mirrored' },
  {
    from: 'config.agent.mirror.enabled',
    because: 'traffic is selected by namespace, pod and filters, not by address',
  },
  {
    from: 'config.agent.mirror.ignored',
    because: 'traffic is selected by namespace, pod and filters, not by address',
  },
  { from: 'agent.image', to: 'config.images.agent' },
  { from: 'config.images.node', because: 'the images of the original do not run here' },
  { from: 'config.images.responder', because: gone },
  { from: 'processing.init', to: 'processing.containers.init' },
  { from: 'processing.node', to: 'processing.containers.nodeNative' },
  { from: 'processing.supervisord', to: 'processing.containers.wcli' },
  { from: 'processing.responder', because: gone },
  { from: 'processing.collectd', because: gone },
  { from: 'processing.service.ports', because: portsAreConstants },
  { from: 'processing.service.clusterIP', because: 'the replicas have a headless Service of their own' },
  { from: 'aggregation.init', to: 'aggregation.containers.init' },
  { from: 'aggregation.tarantool', to: 'aggregation.containers.wstore' },
  { from: 'aggregation.supervisord', to: 'aggregation.containers.wcli' },
  { from: 'aggregation.appStructure', because: 'its work is done by aggregation.containers.wstore' },
  { from: 'aggregation.antiBot', because: gone },
  { from: 'aggregation.service.ports', because: portsAreConstants },
  { from: 'aggregation.service.clusterIP', because: gone },
];

/** Severities of the old job runner that have other names. */
export const logLevels: Readonly<Record<string, string>> = { blather: 'trace', critical: 'fatal' };
