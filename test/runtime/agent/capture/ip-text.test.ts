import { expect } from 'chai';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { ipv6Text } from '../../../../runtime/agent/capture/ip-text.ts';

describe('ipv6Text', () => {
  it('writes RFC 5952 text, as ipaddr.js does', () => {
    const group = fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 65535 }) },
    );
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), groups => {
        const bytes = groups.flatMap(value => [value >> 8, value & 255]);
        const address = ipaddr.fromByteArray(bytes) as ipaddr.IPv6;
        const expected = address.isIPv4MappedAddress()
          ? address.toIPv4Address().toString()
          : address.toRFC5952String();
        expect(ipv6Text(Uint8Array.from(bytes), 0)).to.equal(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
