import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class Or extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #values: readonly Expr<boolean>[];

  constructor(values: readonly Expr<boolean>[]) {
    super();
    this.#values = values;
  }

  pipeline(use: UseHelper): string {
    return `or ${this.#values.map(value => operand(value, use)).join(' ')}`;
  }
}

/** Logical disjunction; literal operands are folded away. */
export function or(...values: readonly Val<boolean>[]): Val<boolean> {
  if (values.includes(true)) return true;
  const unknown = values.filter(value => isExpr(value));
  const [only] = unknown;
  if (only === undefined) return false;
  return unknown.length === 1 ? only : new Or(unknown);
}
