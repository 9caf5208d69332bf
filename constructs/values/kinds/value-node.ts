import type { ExprKind } from '../../expression/expr.ts';
import type { ValueProblem } from '../errors.ts';
import type { JsonSchema } from '../json-schema.ts';

/** Receives what {@link ValueNode.check} finds. */
export type Report = (problem: ValueProblem) => void;

/** A leaf of the declaration: one key whose value is used as a whole. */
export interface ValueNode<T> {
  readonly kind: Exclude<ExprKind, 'text'>;
  /** The type as users read it: `string`, `integer`, `list of objects`. */
  readonly typeName: string;
  readonly default: T;
  /** One sentence. */
  readonly doc: string;
  /** Whether null may delete the key. Maps and lists are then empty; a scalar would have no value. */
  readonly deletable: boolean;
  /** Whether the value must not be shown. */
  readonly isSecret?: boolean;
  /**
   * `none`: accepted because the original has the key, but its subject does not exist here. `pending`: the services do
   * not read it yet. NOTES.txt lists those that were set.
   */
  readonly effect?: 'none' | 'pending';
  jsonSchema(): JsonSchema;
  /** Reports everything that {@link jsonSchema} rejects. */
  check(value: unknown, path: string, report: Report): void;
}

/** A value as an error shows it, on one line and at most 60 characters. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Path of a key, on one line and short even when the key is not. */
export function childPath(path: string, key: string): string {
  if (!/^[-\w./]{1,100}$/.test(key)) return `${path}[${shown(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/**
 * Strings without control characters other than tab and line feed, and without U+2028, U+2029 (which YAML 1.1 takes
 * for the end of a line, and Helm's toYaml breaks), U+FEFF, U+FFFE and U+FFFF: those that YAML, Go templates and the
 * Kubernetes API all carry unchanged. Go's RE2 has no `\uXXXX`, so the last five stand in the pattern themselves.
 */
export const printable = '^[^\\x00-\\x08\\x0B-\\x1F\\x7F-\\x9F\u{2028}\u{2029}\u{FEFF}\u{FFFE}\u{FFFF}]*$';

/** What {@link printable} asks for, in words. */
export const printableRemedy = 'expected text without control characters and separators such as U+2028';

/** A key of the original whose subject does not exist here. */
export function withoutEffect<T>(node: ValueNode<T>): ValueNode<T> {
  return { ...node, doc: `Without effect: ${node.doc}`, effect: 'none' };
}

/** A key that the services do not read yet. */
export function notYetInEffect<T>(node: ValueNode<T>): ValueNode<T> {
  return { ...node, doc: `Not yet in effect: ${node.doc}`, effect: 'pending' };
}
