import { boolean } from '../kinds/boolean.ts';
import { choice } from '../kinds/choice.ts';
import { integer } from '../kinds/integer.ts';
import { object } from '../kinds/object.ts';
import { addressOrCidr, header, host, mode } from '../kinds/patterns.ts';
import { section } from '../kinds/section.ts';
import { string } from '../kinds/string.ts';
import { structured } from '../kinds/structured.ts';
import { withoutEffect } from '../kinds/value-node.ts';
import { certificate } from './certificate.ts';

/** Settings of one request route; see `routes`. */
export interface Route {
  readonly host?: string;
  readonly route?: string;
  readonly wallarm_application?: number;
  readonly wallarm_mode?: string;
  readonly wallarm_partner_client_uuid?: string;
  readonly routes?: readonly Route[];
}

/** Which requests: the fields of one filter are ANDed, the filters of a list ORed. */
export interface InputFilter {
  readonly path?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ip_addresses?: readonly string[];
}

/** Where the client's address stands. */
export interface ProxyHeaders {
  readonly trusted_networks?: readonly string[];
  readonly original_host?: readonly string[];
  readonly real_ip?: readonly string[];
}

const inputFilters = (doc: string) =>
  structured<readonly InputFilter[]>('list of filters', [], doc, {
    type: 'array',
    items: { $ref: '#/definitions/inputFilter' },
  });

const list = (items: typeof host) => ({ type: 'array', items });

export const connector = section('Settings of processing, as in the original.', {
  mode: withoutEffect(
    choice('connector-server', 'processing takes the mirror and nothing else.', [
      'connector-server',
      'envoy-external-filter',
    ]),
  ),
  allowed_hosts: structured<readonly string[]>(
    'list of host patterns',
    [],
    'Hosts that are processed; empty for all.',
    {
      type: 'array',
      items: host,
    },
  ),
  certificate,
  route_config: section('Applications and modes by host and path.', {
    wallarm_application: integer(-1, 'Application of all traffic.', -1, 2_147_483_647),
    wallarm_mode: choice(
      'monitoring',
      '`off` skips the traffic; out of band, the others all mean `monitoring`.',
      mode.enum as ['monitoring', 'off', 'block', 'safe_blocking'],
    ),
    wallarm_partner_client_uuid: string('', 'Tenant.', { maxLength: 64 }),
    routes: structured<readonly Route[]>('list of routes', [], 'Settings by host and path; inner ones win.', {
      type: 'array',
      items: { $ref: '#/definitions/route' },
    }),
  }),
  input_filters: section('Which requests are processed.', {
    inspect: inputFilters('Only these; empty for all.'),
    bypass: inputFilters('All but these; they win over `inspect`.'),
  }),
  proxy_headers: structured<readonly ProxyHeaders[]>(
    'list of rules',
    [],
    "Headers with the client's address, from trusted peers; the first rule that matches counts.",
    {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          trusted_networks: list(addressOrCidr),
          original_host: list(header),
          real_ip: list(header),
        },
      },
    },
  ),
  http_inspector: withoutEffect(
    object({ workers: 'auto', api_firewall_enabled: true }, "settings of the vendor's inspector."),
  ),
  per_connection_limits: withoutEffect(
    object({ max_duration: '1m' }, 'the agents hold one connection each, with limits of its own.'),
  ),
  log: section('Logs of processing.', {
    pretty: boolean(false, 'Readable text instead of JSON.'),
    level: choice('info', 'Least severe level.', ['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
    log_file: withoutEffect(string('stdout', 'logs go to standard output.')),
    access_log: withoutEffect(
      object({ enabled: true, verbose: false }, 'there is no log of single requests: it would hold data.'),
    ),
  }),
  disable_mesh: boolean(false, 'Leave out the headless Service through which replicas find each other.'),
});
