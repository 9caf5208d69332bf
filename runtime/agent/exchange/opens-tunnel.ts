import type { ResponseHead } from '../../http/http1-response-parser.ts';

/**
 * Does this response turn the connection into a tunnel (RFC 9110 §9.3.6)? A server must not send Content-Length or Transfer-Encoding in one
 * that does: who sends them has taken CONNECT for a method like any other, as Go, Apache and Jetty do, and reads the next request on the
 * connection. 204 has no content without them (RFC 9110 §8.6), and no proxy opens a tunnel with it.
 *
 * @param method of the request that it answers; undefined when unknown
 */
export function opensTunnel({ status, fields }: ResponseHead, method: string | undefined): boolean {
  if (method !== 'CONNECT' || status < 200 || status > 299 || status === 204) return false;
  return fields.get('content-length') === undefined && fields.get('transfer-encoding') === undefined;
}
