import type { JsonSchema } from './json-schema.ts';
import { structures } from './kinds/definitions.ts';
import { kubernetesJsonDefinitions } from './kinds/kubernetes-json.ts';
import type { Section } from './kinds/section.ts';
import { valuesSchema } from './schema.ts';

/**
 * values.schema.json as Helm reads it. Its validator names a wrong place for a key that `propertyNames` refuses, so the
 * pattern of the keys stands in `patternProperties`, which means the same.
 */
export function helmJsonSchema(): unknown {
  return withPatternProperties(valuesJsonSchema());
}

function withPatternProperties(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withPatternProperties);
  if (typeof node !== 'object' || node === null) return node;
  const { propertyNames, additionalProperties, ...rest } = node as JsonSchema;
  const others = Object.fromEntries(
    Object.entries(rest).map(([key, child]) => [key, withPatternProperties(child)]),
  );
  if (propertyNames?.pattern === undefined)
    return additionalProperties === undefined
      ? others
      : { ...others, additionalProperties: withPatternProperties(additionalProperties) };
  const values = withPatternProperties(additionalProperties ?? {});
  return { ...others, patternProperties: { [propertyNames.pattern]: values }, additionalProperties: false };
}

/** values.schema.json: what Helm checks the merged values against. */
export function valuesJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'wallarm-oob',
    ...sectionSchema(valuesSchema),
    definitions: { ...kubernetesJsonDefinitions, ...structures },
  };
}

function sectionSchema(node: Section): JsonSchema {
  const children = Object.entries(node.keys);
  return {
    type: 'object',
    description: node.doc,
    additionalProperties: node.isOpen,
    required: children
      .filter(([, child]) => child.kind === 'section' || !child.deletable)
      .map(([key]) => key),
    properties: Object.fromEntries([
      ...children.map(([key, child]) => [
        key,
        child.kind === 'section'
          ? sectionSchema(child)
          : { ...child.jsonSchema(), description: child.doc, default: child.default },
      ]),
      // Allowed here, so that a template can refuse them with what to set instead.
      ...Object.entries(node.removed).map(([key, remedy]) => [key, { description: `Refused: ${remedy}.` }]),
    ]),
  };
}
