import { isObject } from './kinds/kubernetes-json.ts';

/**
 * The user's values over the defaults, as Helm coalesces them: maps merge, everything else replaces, and null
 * deletes a key that has a default. Any other null stays, for the check to refuse: so do Helm 3.22 and 4.3.
 */
export function mergeValues(defaults: unknown, user: unknown): unknown {
  if (!isObject(defaults) || !isObject(user)) return user;
  const merged = new Map(Object.entries(defaults));
  for (const [key, value] of Object.entries(user)) {
    if (value === null && merged.has(key)) merged.delete(key);
    else if (value !== undefined) merged.set(key, mergeValues(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
