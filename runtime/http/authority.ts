import type { RawFields } from './header-fields.ts';

/**
 * Authority of a request: from an absolute-form target, which wins over Host (RFC 9112 §3.2.2), or an
 * authority-form one (CONNECT, §3.2.3), else the Host field; empty when there is none. User information is dropped.
 */
export function requestAuthority(method: string, target: string, fields: RawFields): string {
  if (method === 'CONNECT') return target;
  // Most targets are paths.
  const absolute = target.startsWith('/')
    ? undefined
    : /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#]*)/.exec(target)?.[1];
  if (absolute !== undefined) return absolute.slice(absolute.lastIndexOf('@') + 1);
  return fields.get('host')?.toString('latin1') ?? '';
}
