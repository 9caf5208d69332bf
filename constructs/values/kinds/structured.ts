import type { JsonSchema } from '../json-schema.ts';
import { checkSchema } from './check-schema.ts';
import type { ValueNode } from './value-node.ts';

/** A list or map whose items have declared fields; used as a whole. Deleted with null, it is empty. */
export function structured<T extends object>(
  typeName: string,
  value: T,
  doc: string,
  schema: JsonSchema,
): ValueNode<T> {
  return {
    kind: Array.isArray(value) ? 'list' : 'map',
    typeName,
    default: value,
    doc,
    deletable: true,
    jsonSchema: () => schema,
    check: (found, path, report) => checkSchema(schema, found, path, report),
  };
}
