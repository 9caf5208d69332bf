// The client behind load balancers that say whom they speak for.
import { fieldValues, type HeaderFields } from '../../http/header-fields.ts';
import { type EndpointText, parseEndpoint } from '../../service/endpoint-text.ts';
import { Networks } from '../../service/networks.ts';

export interface RealIpSettings {
  /** Name of the header field, such as `X-Real-IP`, `X-Forwarded-For` or `Forwarded`; empty: none is read. */
  readonly header: string;
  /** Addresses and CIDR ranges of peers that are believed; empty: none is. */
  readonly trustedCidrs: readonly string[];
}

/** Proxies in a row whose names are followed; a client can write as many into its own header as it likes. */
const maxHops = 32;

/**
 * Reads the client's address from a header field of a trusted peer. A list is read from its end, where the nearest
 * proxy wrote: the first address that is not itself a trusted proxy is the client, as everything before it may be
 * the client's invention. Text that is no address ends the reading: nobody vouches for what stands before it.
 */
export class RealIp {
  readonly #header: string;
  readonly #trusted: Networks;

  /** @throws Error when a range cannot be read */
  constructor({ header, trustedCidrs }: RealIpSettings) {
    this.#header = header.toLowerCase();
    this.#trusted = new Networks(header === '' ? [] : trustedCidrs);
  }

  /** Is this peer's header believed? */
  trusts(ip: string): boolean {
    return !this.#trusted.empty && this.#trusted.has(ip);
  }

  /** Of a request that a trusted peer sent; undefined: the peer is all that is known. */
  clientOf(fields: HeaderFields): EndpointText | undefined {
    const values = fieldValues(fields, this.#header);
    let nearest: EndpointText | undefined;
    let hops = 0;
    // Several fields of one name are one list (RFC 9110 section 5.3).
    for (const value of values.reverse())
      for (const element of fromTheEnd(value.toString('latin1'))) {
        if (element === '') continue;
        const address = this.#addressIn(element);
        if (address === undefined || ++hops > maxHops) return nearest;
        nearest = address;
        if (!this.#trusted.has(address.ip)) return nearest;
      }
    return nearest;
  }

  #addressIn(element: string): EndpointText | undefined {
    if (this.#header !== 'forwarded') return parseEndpoint(element);
    // RFC 7239 section 4: `for=192.0.2.60;proto=http;by=203.0.113.43`
    const node = /(?:^|;)[ \t]*for=("[^"]*"|[^;\s]*)/i.exec(element)?.[1];
    return node === undefined ? undefined : parseEndpoint(node);
  }
}

/** Elements of a comma-separated list, the last one first, without blanks around them. */
function* fromTheEnd(list: string): Generator<string> {
  let end = list.length;
  while (end >= 0) {
    const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1);
    yield list.slice(comma + 1, end).trim();
    end = comma;
  }
}
