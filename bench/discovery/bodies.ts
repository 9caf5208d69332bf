// Request bodies from JSON schemas, so that contestants that read bodies have them.
import { type Api, array, type Json, object, resolve } from './openapi.ts';
import type { Random } from './random.ts';

const maximumDepth = 4;
const maximumProperties = 30;

/** A value of the schema. Required properties always, others with probability one half. */
export function sample(api: Api, schemaValue: unknown, random: Random, depth = 0): unknown {
  const schema = resolve(api.document, schemaValue);
  if (depth >= maximumDepth) return 'deep';
  const values = array(schema.enum);
  if (values.length > 0) return random.pick(values);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'integer') return random.int(0, 1000);
  if (type === 'number') return Math.round(random.next() * 1000) / 10;
  if (type === 'boolean') return random.chance(0.5);
  if (type === 'array')
    return Array.from({ length: random.int(1, 2) }, () => sample(api, schema.items, random, depth + 1));
  const alternatives = [...array(schema.oneOf), ...array(schema.anyOf)];
  const properties = propertiesOf(api, schema, 0);
  if (properties.size === 0 && alternatives.length > 0) return sample(api, alternatives[0], random, depth);
  if (properties.size > 0 || type === 'object') {
    const result: Record<string, unknown> = {};
    for (const [name, property] of properties)
      if (property.required || random.chance(0.5))
        result[name] = sample(api, property.schema, random, depth + 1);
    return result;
  }
  return random.text('abcdefghijklmnopqrstuvwxyz ', random.int(3, 12));
}

function propertiesOf(
  api: Api,
  schema: Json,
  depth: number,
): Map<string, { schema: unknown; required: boolean }> {
  const result = new Map<string, { schema: unknown; required: boolean }>();
  if (depth < 4)
    for (const part of array(schema.allOf))
      for (const [name, property] of propertiesOf(api, resolve(api.document, part), depth + 1))
        result.set(name, property);
  const required = new Set(array(schema.required).map(String));
  for (const [name, property] of Object.entries(object(schema.properties))) {
    if (result.size >= maximumProperties) break;
    if (resolve(api.document, property).readOnly === true) continue;
    result.set(name, { schema: property, required: required.has(name) });
  }
  return result;
}
