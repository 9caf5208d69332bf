import { createHash } from 'node:crypto';

/**
 * Identifier of an endpoint in URLs: the first 120 bits of SHA-256 over its identity, base64url (20 characters).
 * The same on every database, and the same again when an endpoint was removed and comes back.
 */
export function endpointId(
  cluster: string,
  { host, method, template, operation }: Record<'host' | 'method' | 'template' | 'operation', string>,
): string {
  const identity = JSON.stringify([cluster, host, method, template, ...(operation ? [operation] : [])]);
  return createHash('sha256').update(identity).digest('base64url').slice(0, 20);
}
