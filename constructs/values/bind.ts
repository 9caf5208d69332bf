import { Ref } from '../expression/ref.ts';
import type { Section } from './kinds/section.ts';
import { type BoundValues, type Values, valuesSchema } from './schema.ts';

/** The default of every key. */
export function defaultValues(): Values {
  return defaultsOf(valuesSchema) as Values;
}

/** A reference to every key: the values of the chart. */
export function valueReferences(): BoundValues {
  return referencesOf(valuesSchema, []) as BoundValues;
}

function defaultsOf(node: Section): unknown {
  return Object.fromEntries(
    Object.entries(node.keys).map(([key, child]) => [
      key,
      child.kind === 'section' ? defaultsOf(child) : structuredClone(child.default),
    ]),
  );
}

function referencesOf(node: Section, path: readonly string[]): unknown {
  return Object.fromEntries(
    Object.entries(node.keys).map(([key, child]) => {
      const at = [...path, key];
      return [key, child.kind === 'section' ? referencesOf(child, at) : new Ref(child.kind, at)];
    }),
  );
}
