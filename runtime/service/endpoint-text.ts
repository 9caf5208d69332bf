// Addresses as proxies write them into header fields.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** `port` is 0 where the text has none. */
export interface EndpointText {
  readonly ip: string;
  readonly port: number;
}

/**
 * `203.0.113.7`, `203.0.113.7:443`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`, also in quotation marks
 * (RFC 7239 section 6). IPv4 in IPv6 comes out as IPv4, IPv6 in the spelling of RFC 5952.
 *
 * @returns undefined for everything else: names, zones, numbers in octal or hexadecimal, ports above 65535
 */
export function parseEndpoint(text: string): EndpointText | undefined {
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const [, bracketed, dotted, digits] =
    /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9.]{7,15}))(?::([0-9]{1,5}))?$/.exec(bare) ?? [];
  const ip = bracketed ?? dotted ?? bare;
  const port = Number(digits ?? 0);
  const version = isIP(ip);
  if (version === 0 || (bracketed !== undefined && version !== 6) || port > 65_535) return undefined;
  // isIP knows zones (RFC 4007), which mean nothing on another machine.
  if (version === 4) return { ip, port };
  return ip.includes('%') ? undefined : { ip: ipaddr.process(ip).toString(), port };
}
