// The API host of a request, in one spelling.
import { isIP } from 'node:net';

/**
 * Lower case, without a final dot, with the port only when it is not the scheme's default. Undefined when it is no
 * host at all. Empty stays empty: HTTP/1.0 requests need not name one.
 */
export function normaliseHost(authority: string, tls: boolean): string | undefined {
  if (authority === '') return '';
  if (authority.length > 300) return undefined;
  const withoutUser = authority.slice(authority.lastIndexOf('@') + 1);
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{0,5}))?$/i.exec(withoutUser);
  if (match === null) return undefined;
  const name = (match[1] ?? '').toLowerCase().replace(/\.$/, '');
  if (name.startsWith('[')) {
    if (isIP(name.slice(1, -1)) !== 6) return undefined;
  } else if (name.length > 253 || !/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(name) || name.includes('..')) {
    return undefined;
  }
  const port = match[2] === undefined || match[2] === '' ? undefined : Number(match[2]);
  if (port !== undefined && (port === 0 || port > 65535)) return undefined;
  return port === undefined || port === (tls ? 443 : 80) ? name : `${name}:${port}`;
}

/** localhost and its subdomains (RFC 6761 §6.3), 127.0.0.0/8, ::1 in any spelling. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  if (isIP(name) === 4) return name.startsWith('127.');
  return (
    isIP(name) === 6 && /^(?:::1|(?:0{1,4}:){7}0{0,3}1|(?:0{0,4}:)*:0{0,3}1|::ffff:127\..*)$/i.test(name)
  );
}
