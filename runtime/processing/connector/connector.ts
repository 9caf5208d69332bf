// What the settings of `config.connector` say about one exchange.
import type { Exchange } from '../../protocol/generated/mirror.ts';
import { normaliseHost } from '../host.ts';
import { ProxyHeaders } from './client-address.ts';
import type { ConnectorConfig } from './config.ts';
import { hostPattern, matchesHost } from './host-pattern.ts';
import { InputFilters } from './input-filters.ts';
import { Routes } from './routes.ts';

export type ConnectorRefusal = 'host-not-allowed' | 'input-filter' | 'route-off';

export interface Connected {
  host: string;
  /** Of the client, behind proxies that are trusted. */
  clientIp: string;
  /** 0: none. */
  application: number;
}

export class Connector {
  readonly #hosts: RegExp[];
  readonly #inspect: InputFilters;
  readonly #bypass: InputFilters;
  readonly #routes: Routes;
  readonly #proxyHeaders: ProxyHeaders;

  constructor({ allowed_hosts, input_filters, route_config, proxy_headers }: ConnectorConfig) {
    this.#hosts = allowed_hosts.flatMap(pattern => hostPattern(pattern) ?? []);
    this.#inspect = new InputFilters(input_filters.inspect);
    this.#bypass = new InputFilters(input_filters.bypass);
    this.#routes = new Routes(route_config);
    this.#proxyHeaders = new ProxyHeaders(proxy_headers);
  }

  /** `host`: normalised, of the request. */
  judge({ request, client, tls }: Exchange, host: string): ConnectorRefusal | Connected {
    const headers = request?.headers ?? [];
    const peer = client?.ip ?? '';
    const forwarded = this.#proxyHeaders.read(peer, headers);
    const clientIp = forwarded.ip ?? peer;
    const meant = (forwarded.host && normaliseHost(forwarded.host, tls)) || host;
    if (this.#hosts.length > 0 && !this.#hosts.some(pattern => matchesHost(pattern, meant)))
      return 'host-not-allowed';
    const path = pathOf(request?.target ?? '');
    const filtered = { path, headers, ip: clientIp };
    if (!this.#inspect.empty && !this.#inspect.matches(filtered)) return 'input-filter';
    if (this.#bypass.matches(filtered)) return 'input-filter';
    const { application, isOff } = this.#routes.of(meant, path);
    return isOff ? 'route-off' : { host: meant, clientIp, application };
  }
}

/** Of either form of a target, without query and fragment. */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const end = path.search(/[?#]/);
  return (end < 0 ? path : path.slice(0, end)) || '/';
}
