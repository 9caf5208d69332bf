/** What a client sends first, RFC 9113 §3.4. */
export const connectionPreface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/**
 * Do the first bytes of a client's stream open an HTTP/2 connection? `incomplete`: as far as they go. Three bytes
 * settle it for every registered HTTP/1 method but PRI itself, which no HTTP/1 client sends (RFC 9113 §11.6).
 */
export function matchPreface(bytes: Buffer): 'http2' | 'other' | 'incomplete' {
  const count = Math.min(bytes.length, connectionPreface.length);
  if (bytes.compare(connectionPreface, 0, count, 0, count) !== 0) return 'other';
  return count === connectionPreface.length ? 'http2' : 'incomplete';
}
