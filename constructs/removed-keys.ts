import type { Expr } from './expression/expr.ts';
import { HasKey } from './expression/has-key.ts';
import type { Section } from './values/kinds/section.ts';
import { valuesSchema } from './values/schema.ts';

/** A key of an earlier version of the product, as the chart refuses it. */
export interface RemovedKey {
  readonly path: string;
  readonly remedy: string;
  readonly condition: Expr<boolean>;
}

/** All of them, with what to set instead. */
export function removedKeys(
  node: Section = valuesSchema,
  path: readonly string[] = [],
): readonly RemovedKey[] {
  const here = Object.entries(node.removed).map(([key, remedy]) => ({
    path: [...path, key].join('.'),
    remedy,
    condition: new HasKey(path, key),
  }));
  const below = Object.entries(node.keys).flatMap(([key, child]) =>
    child.kind === 'section' ? removedKeys(child, [...path, key]) : [],
  );
  return [...here, ...below];
}
