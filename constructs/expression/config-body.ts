import { isExpr, type UseHelper, type Val } from './expr.ts';
import { goJson } from './go-json.ts';
import { Spread } from './spread.ts';
import { When } from './when.ts';

/**
 * The lines of a YAML configuration file: block maps, every leaf as JSON (which is YAML too). Entries may be conditional
 * (`when`), but not the first of a map.
 *
 * With literals this is the file itself, with expressions the template of the file: one printer, so the two are
 * equal once Helm has rendered the template.
 */
export function configBody(tree: object, use: UseHelper = () => {}, indent = ''): string {
  return Object.entries(tree)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => entry(key, value, use, indent))
    .join('\n');
}

function entry(key: string, value: unknown, use: UseHelper, indent: string): string {
  if (!(value instanceof When)) return `${indent}${key}:${field(value, use, indent)}`;
  const body = entry(key, value.content, use, indent);
  return `${indent}{{- if ${value.condition.pipeline(use)} }}\n${body}\n${indent}{{- end }}`;
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

/** The same for a whole file, and after it further top-level keys of the user; those that are there already win. */
export function configFileBody(tree: object, extra?: Val<object>, use: UseHelper = () => {}): string {
  const body = configBody(tree, use);
  if (extra === undefined) return body;
  const fixed = Object.keys(tree);
  if (isExpr(extra)) {
    const entries = new Spread(extra, fixed).pipeline(use);
    return `${body}\n{{- range $key, $value := ${entries} }}\n{{ $key | toJson }}: {{ $value | toJson }}\n{{- end }}`;
  }
  const more = Object.entries(extra)
    .filter(([key]) => !fixed.includes(key))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `\n${goJson(key)}: ${goJson(value)}`);
  return `${body}${more.join('')}`;
}
