import { goJson } from '../expression/go-json.ts';
import type { Section } from './kinds/section.ts';
import type { ValueNode } from './kinds/value-node.ts';
import { type Values, valuesSchema } from './schema.ts';

/** What NOTES.txt, synth and the construct say of such keys. */
export const effectRemarks = {
  none: 'set, but without effect here (see the values reference)',
  pending: 'set, but not yet in effect, because the services do not read it',
} as const;

/** A key that is accepted and does nothing, or nothing yet. */
export interface KeyWithoutEffect {
  readonly path: string;
  readonly effect: 'none' | 'pending';
  readonly node: ValueNode<unknown>;
}

/** All of them, in the order of values.yaml. */
export function keysWithoutEffect(node: Section = valuesSchema, prefix = ''): readonly KeyWithoutEffect[] {
  return Object.entries(node.keys).flatMap(([key, child]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (child.kind === 'section') return keysWithoutEffect(child, path);
    return child.effect ? [{ path, effect: child.effect, node: child }] : [];
  });
}

/** One line for each key of the values that is set to something else than its default and does nothing. */
export function remarksOn(values: Values): readonly string[] {
  return keysWithoutEffect().flatMap(({ path, effect, node }) => {
    const value = path
      .split('.')
      .reduce<unknown>((map, key) => (map as Record<string, unknown>)[key], values);
    return goJson(value) === goJson(node.default) ? [] : [`${path}: ${effectRemarks[effect]}`];
  });
}
