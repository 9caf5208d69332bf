import type { JsonSchema } from '../json-schema.ts';
import { addressOrCidr, header, host, mode } from './patterns.ts';
import { printable, printableRemedy } from './value-node.ts';

const route: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    host,
    route: { type: 'string', pattern: printable, minLength: 1, description: printableRemedy },
    wallarm_application: { type: 'integer', minimum: -1, maximum: 2_147_483_647 },
    wallarm_mode: mode,
    wallarm_partner_client_uuid: { type: 'string', maxLength: 64 },
    routes: { type: 'array', items: { $ref: '#/definitions/route' } },
  },
};

const expression: JsonSchema = {
  type: 'string',
  pattern: printable,
  minLength: 1,
  description: 'a regular expression',
};

const inputFilter: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    path: expression,
    url: expression,
    headers: { type: 'object', minProperties: 1, propertyNames: header, additionalProperties: expression },
    ip_addresses: { type: 'array', items: addressOrCidr },
  },
};

/** Structures that are used more than once, or inside themselves. */
export const structures: Readonly<Record<string, JsonSchema>> = { route, inputFilter };

/** The structure that a `$ref` names. */
export function definitions(reference: string): JsonSchema {
  const found = structures[reference.replace('#/definitions/', '')];
  if (!found) throw new Error(`${reference}: no such definition`);
  return found;
}
