import type { JsonSchema } from '../json-schema.ts';
import { childPath, printable, printableRemedy, type Report, shown } from './value-node.ts';

/** A piece of a Kubernetes object that is passed on as it is. */
export type KubernetesJson =
  | string
  | number
  | boolean
  | readonly KubernetesJson[]
  | { readonly [key: string]: KubernetesJson };

/** An object of that kind. */
export type KubernetesObject = { readonly [key: string]: KubernetesJson };

/**
 * Names of fields, labels, annotations and resources: an optional DNS prefix and a name. Other keys, such as the
 * merge key `<<`, do not survive every YAML writer.
 */
export const keyPattern = '^([A-Za-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$';
const keyMatcher = new RegExp(keyPattern);

/** Reports a key that {@link keyPattern} does not allow. */
export function checkKey(key: string, path: string, report: Report): void {
  if (keyMatcher.test(key)) return;
  const remedy =
    'not a name of a field, label or annotation; expected letters, digits, "-", "_", "." and one "/"';
  report({ path: childPath(path, key), remedy });
}

const name = 'kubernetesJson';
const matcher = new RegExp(printable, 'u');
const numberLimit = Number.MAX_SAFE_INTEGER;
const depthLimit = 40;

/** The place of the shared definition, and the definition: any JSON but null, which charts and Helm versions treat differently. */
export const kubernetesJsonRef: JsonSchema = { $ref: `#/definitions/${name}` };
export const kubernetesJsonDefinitions: Readonly<Record<string, JsonSchema>> = {
  [name]: {
    type: ['string', 'number', 'boolean', 'array', 'object'],
    pattern: printable,
    minimum: -numberLimit,
    maximum: numberLimit,
    items: kubernetesJsonRef,
    propertyNames: { pattern: keyPattern },
    additionalProperties: kubernetesJsonRef,
  },
};

/** Reports what the definition rejects, and nesting too deep to be a Kubernetes object. */
export function checkKubernetesJson(found: unknown, path: string, report: Report, depth = 0): void {
  const problem = (remedy: string) => report({ path, value: shown(found), remedy });
  if (depth > depthLimit) problem(`nested more than ${depthLimit} levels deep`);
  else if (Array.isArray(found)) {
    for (const [index, item] of found.entries())
      checkKubernetesJson(item, `${path}[${index}]`, report, depth + 1);
  } else if (typeof found === 'object' && found !== null) {
    for (const [key, item] of Object.entries(found)) {
      checkKey(key, path, report);
      checkKubernetesJson(item, childPath(path, key), report, depth + 1);
    }
  } else if (typeof found === 'string') {
    if (!matcher.test(found)) problem(printableRemedy);
  } else if (typeof found === 'number') {
    if (!(Math.abs(found) <= numberLimit))
      problem(`expected a number between -${numberLimit} and ${numberLimit}`);
  } else if (typeof found !== 'boolean') problem('null is not allowed here; remove the key');
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
