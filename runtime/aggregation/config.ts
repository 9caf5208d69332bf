import { z } from 'zod';
import { commonConfig, listenAddress } from '../service/config.ts';
import { serverTls } from '../service/tls-config.ts';
import { parseTemplate } from './learner/overrides.ts';

const endpointRule = z.strictObject({
  /** As in the inventory; `*`: every host. */
  host: z.string().min(1).max(300).default('*'),
  template: z
    .string()
    .max(2000)
    .superRefine((template, context) => {
      try {
        parseTemplate(template);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
      }
    }),
});

export const aggregationConfig = commonConfig.extend({
  /** Findings: processing replicas connect here. */
  listen: listenAddress.prefault('0.0.0.0:3313'),
  /** Certificates towards processing. */
  tls: serverTls,
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
  /** What must be seen of an endpoint before it is shown; less is kept and counts later. */
  thresholds: z
    .strictObject({
      /** At least so many requests … */
      endpointRequests: z.int().min(1).max(1_000_000).default(1),
      /** … one of them more than so many seconds after the first; 0: at once. */
      endpointSeconds: z.int().min(0).max(86_400).default(0),
      /** A parameter is shown when more than this share of the requests carried it. */
      parameterShare: z.number().min(0).max(1).default(0.01),
      /** It is required when at least this share did. */
      requiredShare: z.number().min(0).max(1).default(1),
    })
    .prefault({}),
  /** The operator's word on path templates. It takes effect at the next start. */
  templates: z
    .strictObject({
      /** Its texts stay literal, its parameters take every other text in their place. */
      pin: z.array(endpointRule).max(10_000).default([]),
      /** The texts in the place of its last parameter stay literal. */
      forbid: z.array(endpointRule).max(10_000).default([]),
    })
    .prefault({}),
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
export type EndpointRules = AggregationConfig['templates'];
