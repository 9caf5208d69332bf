// Sets of address ranges.
import ipaddr from 'ipaddr.js';

export class Networks {
  readonly #ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][];

  /** Addresses and CIDR ranges. Throws on anything else. */
  constructor(texts: readonly string[]) {
    this.#ranges = texts.map(text => {
      if (text.includes('/')) return ipaddr.parseCIDR(text);
      const address = ipaddr.process(text);
      return [address, address.kind() === 'ipv4' ? 32 : 128];
    });
  }

  /** False for text that is no address. IPv4 in IPv6 counts as IPv4. */
  has(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return this.#ranges.some(
      ([range, bits]) => range.kind() === address.kind() && address.match(range, bits),
    );
  }
}
