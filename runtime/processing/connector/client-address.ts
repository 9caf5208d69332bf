// Who the client is and which host it meant, when proxies that are trusted stand between.
import type { Header } from '../../protocol/generated/mirror.ts';
import { parseEndpoint } from '../../service/endpoint-text.ts';
import { Networks } from '../../service/networks.ts';
import { headerValue } from '../headers.ts';
import type { ConnectorConfig } from './config.ts';

export interface Forwarded {
  /** Undefined: no header names one. */
  ip: string | undefined;
  host: string | undefined;
}

export class ProxyHeaders {
  readonly #rules: { networks: Networks | undefined; realIp: string[]; originalHost: string[] }[];

  constructor(rules: ConnectorConfig['proxy_headers']) {
    const lower = (names: readonly string[]) => names.map(name => name.toLowerCase());
    this.#rules = rules.map(({ trusted_networks, real_ip, original_host }) => ({
      networks: trusted_networks.length === 0 ? undefined : new Networks(trusted_networks),
      realIp: lower(real_ip),
      originalHost: lower(original_host),
    }));
  }

  /** `peer`: the address that the connection came from. Only the first rule that trusts it counts. */
  read(peer: string, headers: readonly Header[]): Forwarded {
    const rule = this.#rules.find(({ networks }) => networks === undefined || networks.has(peer));
    if (rule === undefined) return { ip: undefined, host: undefined };
    const values = (names: readonly string[]) =>
      names.map(name => headerValue(headers, name)?.slice(0, 1024).split(',', 1)[0]?.trim() ?? '');
    return {
      ip: values(rule.realIp)
        .map(text => parseEndpoint(text)?.ip)
        .find(ip => ip !== undefined),
      host: values(rule.originalHost).find(host => host !== ''),
    };
  }
}
