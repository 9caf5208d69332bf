/**
 * What an expression yields. `scalar` is a number of any kind, or an integer or a string; `text` is several lines, such
 * as a configuration file.
 */
export type ExprKind = 'string' | 'integer' | 'scalar' | 'boolean' | 'map' | 'list' | 'text';

/** A value that is known now, or only when Helm renders the chart. */
export type Val<T> = T | Expr<T>;

/** Told of every named template that a pipeline includes, so that the chart writer defines it. */
export type UseHelper = (name: string, body: unknown) => void;

const open = '\u{E000}';
const close = '\u{E001}';
const registry: Expr<unknown>[] = [];

/**
 * A value that is known only when Helm renders the chart.
 *
 * cdk8s replaces every object with a `resolve` method by its result, in a stock `App`. Ours is a string of two
 * private-use code points around a number: it passes through `ApiObject.toJson()` in any position, also as a map
 * key, and the chart writer turns it back with {@link decode}.
 */
export abstract class Expr<out T> {
  abstract readonly kind: ExprKind;
  /** Only for the type checker. */
  declare readonly yields?: T;
  readonly #sentinel: string;

  constructor() {
    this.#sentinel = `${open}${registry.length}${close}`;
    registry.push(this);
  }

  /** The Go template pipeline, without braces. */
  abstract pipeline(use: UseHelper): string;

  /** Called by cdk8s. */
  resolve(): string {
    return this.#sentinel;
  }

  /** So that an expression serves as a map key: `{ [String(expr)]: … }`. */
  toString(): string {
    return this.#sentinel;
  }
}

export function isExpr(value: unknown): value is Expr<unknown> {
  return value instanceof Expr;
}

/**
 * Turns a sentinel string back into its expression; every other value is returned as it is.
 *
 * @throws Error when a sentinel is only part of the string: someone built it with a JavaScript template literal
 */
export function decode(value: unknown): unknown {
  if (typeof value !== 'string' || !value.includes(open)) return value;
  const expr =
    value.startsWith(open) && value.endsWith(close) ? registry[Number(value.slice(1, -1))] : undefined;
  if (expr) return expr;
  const plain = value.replaceAll(open, '<').replaceAll(close, '>');
  throw new Error(
    `"${plain}": an expression inside a JavaScript string; build the string with text\`…\` instead`,
  );
}

/** When the expression of a sentinel was made: an order that does not depend on how many there are. */
export function sentinelOrder(sentinel: string): number {
  return Number(sentinel.slice(1, -1));
}

/** A pipeline as an argument of another function. */
export function operand(value: Val<string | number | boolean>, use: UseHelper): string {
  if (!isExpr(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const pipeline = value.pipeline(use);
  return pipeline.includes(' ') ? `(${pipeline})` : pipeline;
}
