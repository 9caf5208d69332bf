/** A schema of OpenAPI or of JSON Schema: any tree. */
export type Schema = { readonly [key: string]: unknown };

/** Where Kubernetes says something that JSON Schema cannot. */
const intOrString: Schema = { oneOf: [{ type: 'string' }, { type: 'integer' }] };
/** Quantities are strings in the published schema; the API server takes numbers too. */
const quantity: Schema = { oneOf: [{ type: 'string' }, { type: 'number' }] };

/**
 * A schema as published, made strict: an object with declared fields has no others. That is what the API server does
 * when it is asked for strict field validation.
 */
export function strict(schema: unknown, name = ''): unknown {
  if (Array.isArray(schema)) return schema.map(item => strict(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const node = schema as Schema;
  if (node['x-kubernetes-int-or-string'] === true || node.format === 'int-or-string') return intOrString;
  if (name === 'io.k8s.apimachinery.pkg.api.resource.Quantity') return quantity;
  const isClosed =
    isObject(node.properties) &&
    node.additionalProperties === undefined &&
    node['x-kubernetes-preserve-unknown-fields'] !== true;
  const kept = Object.entries(node)
    .filter(([key]) => key !== 'description' && !key.startsWith('x-'))
    .map(([key, value]) => [key, key === 'properties' ? eachStrict(value) : strict(value)]);
  return { ...Object.fromEntries(kept), ...(isClosed ? { additionalProperties: false } : {}) };
}

/** A map of names to schemas: here `description` and `x-…` may be names. */
export function eachStrict(schemas: unknown): unknown {
  return Object.fromEntries(
    Object.entries(schemas as Schema).map(([name, schema]) => [name, strict(schema, name)]),
  );
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
