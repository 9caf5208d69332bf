import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class And extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #values: readonly Expr<boolean>[];

  constructor(values: readonly Expr<boolean>[]) {
    super();
    this.#values = values;
  }

  pipeline(use: UseHelper): string {
    return `and ${this.#values.map(value => operand(value, use)).join(' ')}`;
  }
}

/** Logical conjunction; literal operands are folded away. */
export function and(...values: readonly Val<boolean>[]): Val<boolean> {
  if (values.includes(false)) return false;
  const unknown = values.filter(value => isExpr(value));
  const [only] = unknown;
  if (only === undefined) return true;
  return unknown.length === 1 ? only : new And(unknown);
}
