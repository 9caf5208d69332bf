import type { Section } from './kinds/section.ts';
import type { ValueNode } from './kinds/value-node.ts';
import { valuesSchema } from './schema.ts';

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
