// Sets of address ranges.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const mappedBits = 96;

export class Networks {
  readonly #ranges: (readonly [Address, number])[];

  /** Addresses and CIDR ranges. Throws on anything else. */
  constructor(texts: readonly string[]) {
    this.#ranges = texts.map(range);
  }

  get empty(): boolean {
    return this.#ranges.length === 0;
  }

  /** False for text that is no address. IPv4 in IPv6 (RFC 4291 section 2.5.5.2) counts as IPv4, in ranges too. */
  has(text: string): boolean {
    if (isIP(text) === 0 || !ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return this.#ranges.some(([net, bits]) => net.kind() === address.kind() && address.match(net, bits));
  }
}

function range(text: string): readonly [Address, number] {
  if (!text.includes('/')) {
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  const [net, bits] = ipaddr.parseCIDR(text);
  if (net instanceof ipaddr.IPv6 && net.isIPv4MappedAddress() && bits >= mappedBits)
    return [net.toIPv4Address(), bits - mappedBits];
  return [net, bits];
}
