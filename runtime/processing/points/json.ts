// The leaves of a JSON value: `user.emails[].address` with a type.
import { Location } from '../../protocol/generated/findings.ts';
import type { ValueType } from '../../protocol/value-types.ts';
import { maxDepth, maxValues } from '../limits.ts';
import { formatOf, typeOfNumber } from '../value-type.ts';
import { childName, type PointSink } from './point-sink.ts';

export type WalkResult = 'complete' | 'too-deep' | 'too-many-values';

interface Pending {
  path: string;
  value: unknown;
  depth: number;
}

/** The parsed text, or undefined when it is no JSON. V8 parses without recursion: nesting costs memory only. */
export function parseJson(text: string): { root: unknown } | undefined {
  try {
    return { root: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/**
 * Walks with a list of its own, not by recursion: nesting is the sender's choice. Everything within the limits is
 * taken even when the result says that more was left out.
 */
export function walkJson(root: unknown, into: PointSink, prefix = ''): WalkResult {
  let result: WalkResult = 'complete';
  let visited = 0;
  const pending: Pending[] = [{ path: prefix, value: root, depth: 0 }];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    visited += 1;
    if (visited > maxValues) return 'too-many-values';
    const { path, value, depth } = item;
    if (typeof value !== 'object' || value === null) addLeaf(into, path, value);
    else if (depth >= maxDepth) result = 'too-deep';
    else push(pending, path, value, depth + 1, maxValues - visited);
  }
  return result;
}

function push(pending: Pending[], path: string, value: object, depth: number, room: number): void {
  if (Array.isArray(value)) {
    const items = `${path}[]`;
    // Backwards, because the list is taken from its end; the walk keeps the document's order.
    for (let index = Math.min(value.length, room + 1) - 1; index >= 0; index--)
      pending.push({ path: items, value: value[index], depth });
    return;
  }
  const keys = Object.keys(value);
  for (let index = Math.min(keys.length, room + 1) - 1; index >= 0; index--) {
    const key = keys[index] ?? '';
    pending.push({ path: childName(path, key), value: (value as Record<string, unknown>)[key], depth });
  }
}

function addLeaf(into: PointSink, name: string, value: unknown): void {
  let type: ValueType | undefined;
  let text = '';
  switch (typeof value) {
    case 'number':
      type = typeOfNumber(value);
      text = String(value);
      break;
    case 'boolean':
      type = 'boolean';
      text = String(value);
      break;
    case 'string':
      type = value === '' ? undefined : formatOf(value);
      text = value;
      break;
    default: // null: the parameter was there, its type did not show
  }
  into.add(Location.BODY, name, type, text);
}
