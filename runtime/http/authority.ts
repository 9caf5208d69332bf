import { type HeaderField, isNamed } from './http1-head.ts';

/**
 * Authority of a request: from an absolute-form target, which wins over Host (RFC 9112 §3.2.2), or an
 * authority-form one (CONNECT, §3.2.3), else the Host field; empty when there is none. User information is dropped.
 */
export function requestAuthority(method: string, target: string, fields: readonly HeaderField[]): string {
  if (method === 'CONNECT') return target;
  const absolute = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#]*)/.exec(target)?.[1];
  if (absolute !== undefined) return absolute.slice(absolute.lastIndexOf('@') + 1);
  const host = fields.find(field => isNamed(field, 'host'));
  return host === undefined ? '' : host.value.toString('latin1');
}
