// The leaves of a JSON document: `user.emails[].address` with a type, never a value.
import { Location } from '../../protocol/generated/findings.ts';
import { maxJsonDepth, maxJsonValues } from '../limits.ts';
import { formatOf } from '../value-type.ts';
import { type ParameterSet, parameterName } from './parameter-set.ts';

export type JsonResult = 'json' | 'invalid' | 'too-deep' | 'too-many-values';

interface Pending {
  path: string;
  value: unknown;
  depth: number;
}

/**
 * Walks with a list of its own, not by recursion: nesting is the sender's choice. Everything within the limits is
 * taken even when the result says that more was left out.
 */
export function readJson(text: string, into: ParameterSet): JsonResult {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return 'invalid';
  }
  let result: JsonResult = 'json';
  let visited = 0;
  const pending: Pending[] = [{ path: '', value: root, depth: 0 }];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    visited += 1;
    if (visited > maxJsonValues) return 'too-many-values';
    const { path, value, depth } = item;
    if (typeof value !== 'object' || value === null) {
      into.add(Location.BODY, path, leafType(value));
    } else if (depth >= maxJsonDepth) {
      result = 'too-deep';
    } else {
      push(pending, path, value, depth + 1, maxJsonValues - visited);
    }
  }
  return result;
}

function push(pending: Pending[], path: string, value: object, depth: number, room: number): void {
  if (Array.isArray(value)) {
    // Backwards, because the list is taken from its end; the walk keeps the document's order.
    for (let index = Math.min(value.length, room) - 1; index >= 0; index--)
      pending.push({ path: `${path}[]`, value: value[index], depth });
    return;
  }
  const keys = Object.keys(value).slice(0, room + 1);
  for (const key of keys.reverse())
    pending.push({
      path: path === '' ? parameterName(key) : `${path}.${parameterName(key)}`,
      value: (value as Record<string, unknown>)[key],
      depth,
    });
}

function leafType(value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'number';
    case 'boolean':
      return 'boolean';
    case 'string':
      return value === '' ? undefined : formatOf(value);
    default:
      return undefined; // null: the parameter was there, its type did not show
  }
}
