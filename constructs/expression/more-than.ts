import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class MoreThan extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #value: Expr<number>;
  readonly #limit: number;

  constructor(value: Expr<number>, limit: number) {
    super();
    this.#value = value;
    this.#limit = limit;
  }

  pipeline(use: UseHelper): string {
    return `gt ${operand(this.#value, use)} ${this.#limit}`;
  }
}

/** Whether an integer is larger than a fixed one. */
export function moreThan(value: Val<number>, limit: number): Val<boolean> {
  return isExpr(value) ? new MoreThan(value, limit) : value > limit;
}
