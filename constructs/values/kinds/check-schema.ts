import type { JsonSchema } from '../json-schema.ts';
import { definitions } from './definitions.ts';
import { checkKubernetesJson, isObject, kubernetesJsonRef } from './kubernetes-json.ts';
import { unknownKeyRemedy } from './unknown-key.ts';
import { childPath, type Report, shown } from './value-node.ts';

/** Deeper than any structure that is declared; a file cannot nest routes without end. */
const depthLimit = 20;

/** Reports what a declared structure rejects, with the path of each wrong field. */
export function checkSchema(
  schema: JsonSchema,
  found: unknown,
  path: string,
  report: Report,
  depth = 0,
): void {
  const problem = (remedy: string) => report({ path, value: shown(found), remedy });
  if (schema.$ref === kubernetesJsonRef.$ref) checkKubernetesJson(found, path, report, depth);
  else if (depth > depthLimit) problem(`nested more than ${depthLimit} levels deep`);
  else if (schema.$ref) checkSchema(definitions(schema.$ref), found, path, report, depth + 1);
  else if (!hasType(schema, found)) problem(`expected ${typeInWords(schema)}`);
  else if (schema.enum && !schema.enum.includes(found)) problem(`expected one of ${schema.enum.join(', ')}`);
  else if (typeof found === 'string') checkText(schema, found, problem);
  else if (typeof found === 'number') checkNumber(schema, found, problem);
  else if (Array.isArray(found)) {
    for (const [index, item] of found.entries())
      checkSchema(schema.items ?? {}, item, `${path}[${index}]`, report, depth + 1);
  } else if (isObject(found)) checkFields(schema, found, path, report, depth);
}

function hasType({ type }: JsonSchema, found: unknown): boolean {
  const types = typeof type === 'string' ? [type] : (type ?? []);
  if (types.length === 0) return true;
  if (Array.isArray(found)) return types.includes('array');
  if (isObject(found)) return types.includes('object');
  if (typeof found === 'number')
    return types.includes('number') || (types.includes('integer') && Number.isInteger(found));
  return found !== null && types.includes(typeof found);
}

function typeInWords({ type, description }: JsonSchema): string {
  if (description !== undefined && type === 'string') return description;
  const words: Record<string, string> = { object: 'a map', array: 'a list', integer: 'an integer' };
  const types = typeof type === 'string' ? [type] : (type ?? []);
  return types.map(each => words[each] ?? `a ${each}`).join(' or ');
}

function checkText(schema: JsonSchema, found: string, problem: (remedy: string) => void): void {
  const { pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY, description } = schema;
  const length = [...found].length;
  if (length > maxLength) problem(`expected at most ${maxLength} characters`);
  else if (length < minLength || (pattern !== undefined && !new RegExp(pattern, 'u').test(found)))
    problem(`expected ${description ?? 'a string that is not empty'}`);
}

function checkNumber(schema: JsonSchema, found: number, problem: (remedy: string) => void): void {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  if (!(found >= minimum && found <= maximum)) problem(`expected a number from ${minimum} to ${maximum}`);
}

function checkFields(
  schema: JsonSchema,
  found: Readonly<Record<string, unknown>>,
  path: string,
  report: Report,
  depth: number,
): void {
  const { properties = {}, required = [], minProperties = 0, propertyNames, additionalProperties } = schema;
  const keys = Object.keys(found);
  if (keys.length < minProperties) {
    const expected = Object.keys(properties).join(', ');
    report({
      path,
      value: shown(found),
      remedy: `expected at least one ${expected ? `of ${expected}` : 'entry'}`,
    });
  }
  for (const key of required) {
    if (!Object.hasOwn(found, key)) report({ path: childPath(path, key), remedy: 'missing; set it' });
  }
  for (const key of keys) {
    const at = childPath(path, key);
    const child = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (child) checkSchema(child, found[key], at, report, depth + 1);
    else if (additionalProperties === false)
      report({ path: at, value: shown(found[key]), remedy: unknownKeyRemedy(key, Object.keys(properties)) });
    else if (typeof additionalProperties === 'object')
      checkSchema(additionalProperties, found[key], at, report, depth + 1);
    if (propertyNames) checkSchema(propertyNames, key, at, report, depth + 1);
  }
}
