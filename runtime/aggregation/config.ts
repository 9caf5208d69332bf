import { z } from 'zod';
import { commonConfig, listenAddress } from '../service/config.ts';

export const aggregationConfig = commonConfig.extend({
  /** Findings: processing replicas connect here. */
  listen: listenAddress.prefault('0.0.0.0:3313'),
  /** Everything this service must not forget. One process at a time. */
  dataDir: z.string().min(1).default('/var/lib/wallarm-oob/aggregation'),
  /** Shown in the inventory. */
  clusterName: z.string().min(1).max(256).default('default'),
  cloud: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(1).max(65535).default(443),
    })
    .prefault({}),
  /** How often changed endpoints are worked out and uploaded, in milliseconds. */
  uploadIntervalMs: z.int().min(10).max(3_600_000).default(1000),
  /** Bounds on what is kept, whatever the traffic; what exceeds them is counted, not stored. Hosts and paths of few requests make room. */
  limits: z
    .strictObject({
      connections: z.int().min(1).max(100_000).default(256),
      hosts: z.int().min(1).default(1000),
      pathsPerHost: z.int().min(1).default(20_000),
      /** Learning takes memory and time in proportion to it. */
      parametersPerHost: z.int().min(1).default(50_000),
      parametersPerPath: z.int().min(1).max(10_000).default(500),
    })
    .prefault({}),
});

export type AggregationConfig = z.output<typeof aggregationConfig>;
export type StorageLimits = AggregationConfig['limits'];
