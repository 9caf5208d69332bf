import { decode, type Expr, isExpr, operand, type UseHelper } from '../expression/expr.ts';
import { Layer } from '../expression/layers.ts';
import { OptionalMap } from '../expression/optional-map.ts';
import { Spread } from '../expression/spread.ts';
import { UnlessEmpty } from '../expression/unless-empty.ts';
import { When } from '../expression/when.ts';
import { escapeActions, literal } from './literal.ts';

type Entry = readonly [key: string, value: unknown];

/**
 * The block-style template of a map, each line ending in a line feed.
 *
 * @param map as cdk8s resolved it: expressions are sentinels, in values and keys
 * @param use receives the named templates that the text includes
 * @throws Error when every entry is conditional: the map would turn into null when none applies
 */
export function mapTemplate(map: object, use: UseHelper, indent = ''): string {
  const all = Object.entries(map);
  if (all.length > 0 && all.every(([, value]) => isConditional(decode(value))))
    throw new Error(
      `map with only conditional keys ${all.map(([key]) => key).join(', ')}: make the map conditional`,
    );
  return all.map(([key, value]) => entryTemplate(decode(key), decode(value), use, indent)).join('');
}

function isConditional(value: unknown): boolean {
  if (value instanceof UnlessEmpty) return value.fallback === undefined;
  return value instanceof When || value instanceof OptionalMap;
}

function entryTemplate(key: unknown, value: unknown, use: UseHelper, indent: string): string {
  if (key instanceof Spread) return spreadTemplate(key, use, indent);
  if (key instanceof Layer) return layerTemplate(key, use, indent);
  if (isExpr(key)) throw new Error(`an expression of kind ${key.kind} cannot be a key`);
  const name = literal(key as string);
  if (value instanceof When) {
    const body = entryTemplate(key, decode(value.content), use, indent);
    return `${indent}{{- if ${value.condition.pipeline(use)} }}\n${body}${indent}{{- end }}\n`;
  }
  if (value instanceof UnlessEmpty) {
    const body = `${indent}${name}:\n${indent}  {{- toYaml . | nindent ${indent.length + 2} }}\n`;
    const otherwise =
      value.fallback === undefined
        ? ''
        : `${indent}{{- else }}\n${entryTemplate(key, decode(value.fallback), use, indent)}`;
    return `${indent}{{- with ${value.pipeline(use)} }}\n${body}${otherwise}${indent}{{- end }}\n`;
  }
  if (value instanceof OptionalMap) {
    const body = `${indent}${name}:\n${indent}  {{- . | nindent ${indent.length + 2} }}\n`;
    return `${indent}{{- with ${value.pipeline(use)} }}\n${body}${indent}{{- end }}\n`;
  }
  return `${indent}${name}:${valueTemplate(value, use, indent)}`;
}

/** What follows `key:`, line feed included. */
function valueTemplate(value: unknown, use: UseHelper, indent: string): string {
  if (isExpr(value)) return exprTemplate(value, use, indent);
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []\n';
    return `\n${value.map(item => itemTemplate(decode(item), use, `${indent}  `)).join('')}`;
  }
  if (typeof value === 'object' && value !== null) {
    if (Object.keys(value).length === 0) return ' {}\n';
    return `\n${mapTemplate(value, use, `${indent}  `)}`;
  }
  if (typeof value === 'string' && isBlock(value)) return blockTemplate(value, indent);
  return ` ${literal(value as string | number | boolean)}\n`;
}

/** Lines that a block scalar carries unchanged. */
function isBlock(value: string): boolean {
  return /^[^\s][^\r]*[^\s]\n$/.test(value) && value.slice(0, -1).includes('\n') && !/[ \t]\n/.test(value);
}

function blockTemplate(value: string, indent: string): string {
  const lines = value.slice(0, -1).split('\n');
  return ` |\n${lines.map(line => (line === '' ? '\n' : `${indent}  ${escapeActions(line)}\n`)).join('')}`;
}

function exprTemplate(expr: Expr<unknown>, use: UseHelper, indent: string): string {
  const pipeline = expr.pipeline(use);
  switch (expr.kind) {
    case 'string':
      return ` {{ ${pipeline} | quote }}\n`;
    case 'integer':
    case 'boolean':
      return ` {{ ${pipeline} }}\n`;
    case 'scalar':
      return ` {{ ${pipeline} | toJson }}\n`;
    case 'text':
      return ` |\n${indent}  {{- ${pipeline} | nindent ${indent.length + 2} }}\n`;
    case 'map':
    case 'list':
      return `\n${indent}  {{- toYaml ${operand(expr as Expr<string>, use)} | nindent ${indent.length + 2} }}\n`;
  }
}

function spreadTemplate(spread: Spread, use: UseHelper, indent: string): string {
  const pipeline = spread.pipeline(use);
  // A named template yields text and is never empty; a map of the user may be, and toYaml would print {}.
  if (pipeline.startsWith('include ')) return `${indent}{{- ${pipeline} | nindent ${indent.length} }}\n`;
  return `${indent}{{- with ${pipeline} }}\n${indent}{{- toYaml . | nindent ${indent.length} }}\n${indent}{{- end }}\n`;
}

function layerTemplate(layer: Layer, use: UseHelper, indent: string): string {
  return [
    `{{- range $key, $value := ${layer.pipeline(use)} }}`,
    `{{- if ${layer.condition(use)} }}`,
    '{{ $key | quote }}: {{ $value | quote }}',
    '{{- end }}',
    '{{- end }}',
  ]
    .map(line => `${indent}${line}\n`)
    .join('');
}

function itemTemplate(item: unknown, use: UseHelper, indent: string): string {
  if (item instanceof Spread) return spreadTemplate(item, use, indent);
  if (item instanceof When) {
    const body = itemTemplate(decode(item.content), use, indent);
    return `${indent}{{- if ${item.condition.pipeline(use)} }}\n${body}${indent}{{- end }}\n`;
  }
  if (typeof item === 'object' && item !== null && !isExpr(item) && !Array.isArray(item)) {
    const [first, ...rest] = Object.entries(item) as Entry[];
    if (first === undefined) return `${indent}- {}\n`;
    if (isConditional(decode(first[1])) || decode(first[0]) !== first[0])
      throw new Error(
        `list item that starts with the conditional key ${first[0]}: put a key that is always there first`,
      );
    const inner = `${indent}  `;
    const text = [first, ...rest]
      .map(([key, value]) => entryTemplate(decode(key), decode(value), use, inner))
      .join('');
    return `${indent}- ${text.slice(inner.length)}`;
  }
  return `${indent}-${valueTemplate(item, use, indent)}`;
}
