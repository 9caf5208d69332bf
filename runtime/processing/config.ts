import { hostname } from 'node:os';
import { z } from 'zod';
import { commonConfig, listenAddress } from '../service/config.ts';
import { clientTls, serverTls } from '../service/tls-config.ts';
import { defaultAuthenticationNames } from './authentication.ts';
import { connectorConfig } from './connector/config.ts';
import { maxNameCharacters } from './limits.ts';
import { dataClasses } from './sensitive/catalogue.ts';
import { customClass } from './sensitive/custom-class.ts';

const classNames = dataClasses.map(({ name }) => name) as [string, ...string[]];

const method = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/, { error: 'an HTTP method such as OPTIONS' });

/** Which exchanges count. The defaults are those of the product whose values we accept. */
export const admissionConfig = z
  .strictObject({
    /** Lowest and highest response status that counts. */
    minStatus: z.int().min(100).max(599).default(200),
    maxStatus: z.int().min(100).max(599).default(299),
    /** Methods that never count. */
    ignoredMethods: z.array(method).max(64).default(['OPTIONS', 'HEAD']),
    /** Count requests whose Host is localhost, 127.0.0.0/8 or ::1. */
    loopbackHosts: z.boolean().default(false),
    /**
     * `strict`: every path segment matches the original's `^[\w{}\s-]+([.@][\w{}\s-]+)*$`; `lenient`: only control
     * characters, quotes, angle brackets and backslashes are refused, so that `/v1/items:cancel` counts.
     */
    segments: z.enum(['strict', 'lenient']).default('lenient'),
    /**
     * Ask for an API's content type (JSON, XML, octet-stream) in every response that names one. Paths that end in a
     * file extension are always asked, which keeps scripts, styles and pages out.
     */
    responseContentType: z.boolean().default(false),
    /** Count the messages of every MCP session (ping, notifications, subscriptions, completion, log level). */
    mcpHousekeeping: z.boolean().default(false),
  })
  .prefault({});

export type AdmissionConfig = z.output<typeof admissionConfig>;

const names = z.array(z.string().min(1).max(maxNameCharacters)).max(1000);

export const processingConfig = commonConfig.extend({
  /** Mirror: agents connect here. */
  listen: listenAddress.prefault('0.0.0.0:18443'),
  /** Certificates towards agents. */
  tls: serverTls,
  /** Name of this replica. */
  replica: z
    .string()
    .max(256)
    .default('')
    .transform(name => name || process.env.POD_NAME || hostname()),
  aggregation: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(1).max(65535).default(3313),
      tls: clientTls,
    })
    .prefault({}),
  /** How often findings are sent on, in milliseconds. */
  flushIntervalMs: z.int().min(10).max(60_000).default(1000),
  admission: admissionConfig,
  /** Names that hold credentials, beside the Authorization header. Each list replaces its default. */
  authentication: z
    .strictObject({
      headers: names.default([...defaultAuthenticationNames.headers]),
      cookies: names.default([...defaultAuthenticationNames.cookies]),
      query: names.default([...defaultAuthenticationNames.query]),
      form: names.default([...defaultAuthenticationNames.form]),
      json: names.default([...defaultAuthenticationNames.json]),
    })
    .prefault({}),
  /** Settings of the chart's `config.connector`, under the same names. */
  connector: connectorConfig,
  /** The other replicas. */
  mesh: z
    .strictObject({
      listen: listenAddress.prefault('0.0.0.0:9009'),
      /** DNS name that resolves to the addresses of all replicas; empty: there are no others. */
      service: z.string().max(253).default(''),
      /** This replica's own among them; default: environment POD_IP, then that of the first network interface. */
      address: z
        .string()
        .max(64)
        .default('')
        .transform(text => text || (process.env.POD_IP ?? '')),
      /** DNS server to ask, `address:port`; empty: the system's. */
      resolver: z.string().max(64).default(''),
      /** How often the name is looked up, in milliseconds. */
      refreshIntervalMs: z.int().min(100).max(600_000).default(2000),
    })
    .prefault({}),
  sensitiveData: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Share of values that are looked at, once the first 100 of a parameter were. */
      sampling: z.number().min(0).max(1).default(0.1),
      /** Classes that are not looked for, such as `postal-code` (sensitive/catalogue.ts). */
      disabledClasses: z.array(z.enum(classNames)).max(classNames.length).default([]),
      /** An operator's own classes. */
      customClasses: z.array(customClass).max(64).default([]),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Agent connections at once. */
      connections: z.int().min(1).max(100_000).default(1024),
      /** Bytes received from one agent and not acknowledged; beyond it the agent is not read from. */
      unacknowledgedBytes: z
        .int()
        .min(65_536)
        .default(8 * 1024 * 1024),
    })
    .prefault({}),
});

export type ProcessingConfig = z.output<typeof processingConfig>;
