// `config.connector` of the chart's values, as far as it means something out of band. Keys keep their names there.
import ipaddr from 'ipaddr.js';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { hostPattern } from './host-pattern.ts';

const regex = z
  .string()
  .max(4096)
  .superRefine((text, context) => {
    try {
      RE2JS.compile(text);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: `a regular expression of RE2 (${(error as Error).message})`,
      });
    }
  });

const host = z
  .string()
  .max(512)
  .superRefine((text, context) => {
    if (hostPattern(text) === undefined)
      context.addIssue({ code: 'custom', message: 'a host name, with * ? [a-z] [^a-z] for characters' });
  });

const network = z.string().refine(text => ipaddr.isValid(text) || ipaddr.isValidCIDR(text), {
  error: 'an address such as 10.0.0.1, or a range such as 10.0.0.0/8',
});

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/, { error: 'the name of a header field' });

const inputFilter = z.strictObject({
  /** Found in the path, which begins with `/` and has no query. */
  path: regex.optional(),
  /** The same under its older name. */
  url: regex.optional(),
  /** By header name: found in the value of one of its fields. */
  headers: z.record(headerName, regex).optional(),
  /** Of the client, see `proxy_headers`. */
  ip_addresses: z.array(network).max(10_000).optional(),
});

const mode = z.enum(['monitoring', 'off', 'block', 'safe_blocking']);

export interface RouteConfig {
  host?: string | undefined;
  route?: string | undefined;
  wallarm_application?: number | undefined;
  wallarm_mode?: 'monitoring' | 'off' | 'block' | 'safe_blocking' | undefined;
  wallarm_partner_client_uuid?: string | undefined;
  routes?: RouteConfig[] | undefined;
}

const route: z.ZodType<RouteConfig> = z.lazy(() =>
  z
    .strictObject({
      host: host.optional(),
      /** As in nginx: `= /exact`, `^~ /prefix`, `~ regex`, `~* regex`, `/prefix`. */
      route: z.string().max(4096).optional(),
      wallarm_application: z.int().min(-1).max(2_147_483_647).optional(),
      wallarm_mode: mode.optional(),
      wallarm_partner_client_uuid: z.string().max(64).optional(),
      routes: z.array(route).max(1000).optional(),
    })
    .superRefine(({ route: text }, context) => {
      const expression = /^~\*?\s*(.*)$/s.exec(text ?? '')?.[1];
      if (expression === undefined) return;
      const parsed = regex.safeParse(expression);
      if (!parsed.success)
        context.addIssue({ code: 'custom', path: ['route'], message: parsed.error.issues[0]?.message ?? '' });
    }),
);

export const connectorConfig = z
  .strictObject({
    /** Hosts that are processed; empty for all. */
    allowed_hosts: z.array(host).max(10_000).default([]),
    input_filters: z
      .strictObject({
        /** Only these; empty for all. */
        inspect: z.array(inputFilter).max(1000).default([]),
        /** Not these; they win over `inspect`. */
        bypass: z.array(inputFilter).max(1000).default([]),
      })
      .prefault({}),
    route_config: z
      .strictObject({
        /** -1: none. */
        wallarm_application: z.int().min(-1).max(2_147_483_647).default(-1),
        /** `off` skips the traffic; out of band, the others all mean `monitoring`. */
        wallarm_mode: mode.default('monitoring'),
        wallarm_partner_client_uuid: z.string().max(64).default(''),
        routes: z.array(route).max(1000).default([]),
      })
      .prefault({}),
    /** The first rule whose networks hold the direct peer counts; no networks: any peer. */
    proxy_headers: z
      .array(
        z.strictObject({
          trusted_networks: z.array(network).max(10_000).default([]),
          original_host: z.array(headerName).max(16).default([]),
          real_ip: z.array(headerName).max(16).default([]),
        }),
      )
      .max(100)
      .default([]),
    /** This replica reads everything its agents send. */
    disable_mesh: z.boolean().default(false),
  })
  .prefault({});

export type ConnectorConfig = z.output<typeof connectorConfig>;
export type InputFilter = z.output<typeof inputFilter>;
