import { LF } from './http1-head.ts';

/** Address pair announced by a PROXY protocol header (haproxy's proxy-protocol.txt, versions 1 and 2). */
export interface ProxyAddresses {
  readonly source: { readonly ip: string; readonly port: number };
  readonly destination: { readonly ip: string; readonly port: number };
}

export type ProxyHeaderResult =
  /** Could still be one: needs more bytes. */
  | { readonly kind: 'incomplete' }
  /** The stream does not start with one. */
  | { readonly kind: 'absent' }
  /** It starts like one but is not valid. */
  | { readonly kind: 'invalid' }
  /**
   * `bytes` long (16 to 65 551 in version 2: more than are there, perhaps, for the fields behind the addresses are not waited
   * for); without addresses for LOCAL, UNKNOWN and non-IP families: the socket's own are the real ones.
   */
  | { readonly kind: 'header'; readonly bytes: number; readonly addresses?: ProxyAddresses };

const incomplete: ProxyHeaderResult = { kind: 'incomplete' };
const absent: ProxyHeaderResult = { kind: 'absent' };
const invalid: ProxyHeaderResult = { kind: 'invalid' };

/** §2.1: a version 1 header is at most 107 bytes including CR LF. */
const maxV1Bytes = 107;
const v1Start = Buffer.from('PROXY ');
const v1Families = ['TCP4 ', 'TCP6 ', 'UNKNOWN'].map(family => Buffer.from(family));
/** §2.2. */
const v2Signature = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const v2FixedBytes = 16;

/** As many of the first bytes as tell what a header says: one of version 1 whole, of version 2 up to the addresses. */
export const proxyHeaderStartBytes = maxV1Bytes;

/** Reads the PROXY header that a connection's first bytes hold, if they do. Pure; needs the bytes from the start. */
export function parseProxyHeader(bytes: Buffer): ProxyHeaderResult {
  if (startsAlike(bytes, v2Signature)) {
    return bytes.length < v2FixedBytes ? incomplete : parseV2(bytes);
  }
  if (!startsAlike(bytes, v1Start)) return absent;
  if (bytes.length <= v1Start.length) return incomplete;
  // Else it is the method of a request: nginx takes any.
  return v1Families.some(family => startsAlike(bytes.subarray(v1Start.length), family))
    ? parseV1(bytes)
    : absent;
}

function startsAlike(bytes: Buffer, expected: Buffer): boolean {
  const length = Math.min(bytes.length, expected.length);
  return bytes.subarray(0, length).equals(expected.subarray(0, length));
}

function parseV1(bytes: Buffer): ProxyHeaderResult {
  const lf = bytes.subarray(0, maxV1Bytes).indexOf(LF);
  if (lf < 0) return bytes.length < maxV1Bytes ? incomplete : invalid;
  const line = bytes.toString('latin1', 0, lf);
  if (!line.endsWith('\r')) return invalid;
  const [, family, sourceIp, destinationIp, sourcePort, destinationPort, ...rest] = line
    .slice(0, -1)
    .split(' ');
  if (family === 'UNKNOWN') return { kind: 'header', bytes: lf + 1 };
  const source = textEndpoint(family, sourceIp, sourcePort);
  const destination = textEndpoint(family, destinationIp, destinationPort);
  if (source === undefined || destination === undefined || rest.length > 0) return invalid;
  return { kind: 'header', bytes: lf + 1, addresses: { source, destination } };
}

function textEndpoint(family = '', ip = '', port = ''): { ip: string; port: number } | undefined {
  if (!/^(0|[1-9][0-9]{0,4})$/.test(port) || Number(port) > 65535) return undefined;
  if (family === 'TCP4') return ipv4Octets(ip) && { ip, port: Number(port) };
  const words = family === 'TCP6' ? ipv6Words(ip) : undefined;
  return words === undefined ? undefined : { ip: ipv6Text(words), port: Number(port) };
}

function ipv4Octets(text: string): number[] | undefined {
  const octets = text.split('.');
  const valid =
    octets.length === 4 && octets.every(octet => /^(0|[1-9][0-9]{0,2})$/.test(octet) && Number(octet) <= 255);
  return valid ? octets.map(Number) : undefined;
}

/**
 * The eight 16-bit words of a textual IPv6 address (RFC 4291 §2.2). Its last 32 bits may be in dotted form: so writes haproxy
 * the IPv4 clients of a listener for both.
 */
function ipv6Words(text: string): number[] | undefined {
  const dotted = text.slice(text.lastIndexOf(':') + 1);
  if (dotted.includes('.')) {
    const octets = ipv4Octets(dotted);
    if (octets === undefined || dotted.length === text.length) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = octets;
    const words = [a * 256 + b, c * 256 + d].map(word => word.toString(16));
    return ipv6Words(text.slice(0, -dotted.length) + words.join(':'));
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(half => (half === '' ? [] : half.split(':')));
  const groups = [...(head ?? []), ...(tail ?? [])];
  if (!groups.every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  const missing = 8 - groups.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const zeros = Array.from({ length: missing }, () => '0');
  return [...(head ?? []), ...zeros, ...(tail ?? [])].map(group => Number.parseInt(group, 16));
}

/** RFC 5952: lower case, no leading zeros, the longest run of at least two zero words shortened. */
function ipv6Text(words: readonly number[]): string {
  // An IPv4 client that reached a dual-stack listener (RFC 4291 §2.5.5.2).
  if (words.slice(0, 5).every(word => word === 0) && words[5] === 0xffff) {
    return words
      .slice(6)
      .flatMap(word => [word >> 8, word & 0xff])
      .join('.');
  }
  let longest = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && words[start + length] === 0) length++;
    if (length > longest.length) longest = { start, length };
  }
  const hex = (part: readonly number[]): string => part.map(word => word.toString(16)).join(':');
  if (longest.length < 2) return hex(words);
  return `${hex(words.slice(0, longest.start))}::${hex(words.slice(longest.start + longest.length))}`;
}

function parseV2(bytes: Buffer): ProxyHeaderResult {
  const versionAndCommand = bytes[12] ?? 0;
  const family = (bytes[13] ?? 0) >> 4;
  const transport = (bytes[13] ?? 0) & 0x0f;
  const addressBytes = bytes.readUInt16BE(14);
  const total = v2FixedBytes + addressBytes;
  const command = versionAndCommand & 0x0f;
  if (versionAndCommand >> 4 !== 2 || command > 1) return invalid;
  // Command 0 is LOCAL (health checks of the proxy itself); only TCP (transport 1) can carry HTTP/1.
  if (command === 0 || transport !== 1) return { kind: 'header', bytes: total };
  const size = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (size === 0) return { kind: 'header', bytes: total };
  if (addressBytes < 2 * size + 4) return invalid;
  if (bytes.length < v2FixedBytes + 2 * size + 4) return incomplete;
  const ip = (offset: number): string => binaryIp(bytes.subarray(offset, offset + size));
  const ports = v2FixedBytes + 2 * size;
  return {
    kind: 'header',
    bytes: total,
    addresses: {
      source: { ip: ip(v2FixedBytes), port: bytes.readUInt16BE(ports) },
      destination: { ip: ip(v2FixedBytes + size), port: bytes.readUInt16BE(ports + 2) },
    },
  };
}

function binaryIp(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return ipv6Text(Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index)));
}
