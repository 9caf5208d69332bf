import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class Not extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #value: Expr<boolean>;

  constructor(value: Expr<boolean>) {
    super();
    this.#value = value;
  }

  pipeline(use: UseHelper): string {
    return `not ${operand(this.#value, use)}`;
  }
}

/** Logical negation. */
export function not(value: Val<boolean>): Val<boolean> {
  return isExpr(value) ? new Not(value) : !value;
}
