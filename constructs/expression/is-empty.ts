import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class IsEmpty extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #value: Expr<unknown>;

  constructor(value: Expr<unknown>) {
    super();
    this.#value = value;
  }

  pipeline(use: UseHelper): string {
    return `empty ${operand(this.#value as Expr<string>, use)}`;
  }
}

/** Whether a string, map or list has nothing in it, or a number is 0. An absent map or list (deleted with null) is empty too. */
export function isEmpty(value: Val<string | number | object> | undefined): Val<boolean> {
  if (isExpr(value)) return new IsEmpty(value);
  if (value === undefined || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
