import { isExpr, type UseHelper } from './expr.ts';
import { goJson } from './go-json.ts';

/**
 * The lines of a YAML configuration file: block maps, every leaf as JSON (which is YAML too).
 *
 * With literals this is the file itself, with expressions the template of the file: one printer, so the two are
 * equal once Helm has rendered the template.
 */
export function configBody(tree: object, use: UseHelper = () => {}, indent = ''): string {
  return Object.entries(tree)
    .map(([key, value]) => `${indent}${key}:${field(value, use, indent)}`)
    .join('\n');
}

function field(value: unknown, use: UseHelper, indent: string): string {
  if (isExpr(value)) {
    const plain = value.kind === 'integer' || value.kind === 'boolean';
    return ` {{ ${value.pipeline(use)}${plain ? '' : ' | toJson'} }}`;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return `\n${configBody(value, use, `${indent}  `)}`;
  }
  return ` ${goJson(value)}`;
}
