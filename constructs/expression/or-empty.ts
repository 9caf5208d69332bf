import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class OrEmpty<T> extends Expr<readonly T[]> {
  readonly kind = 'list';
  readonly #list: Expr<unknown>;

  constructor(list: Expr<unknown>) {
    super();
    this.#list = list;
  }

  pipeline(use: UseHelper): string {
    return `default list ${operand(this.#list as Expr<string>, use)}`;
  }
}

/** A list of the user, or an empty one where it was deleted with null: for places where there must be one. */
export function orEmpty<T>(list: Val<readonly T[]> | undefined): Val<readonly T[]> {
  return isExpr(list) ? new OrEmpty<T>(list) : (list ?? []);
}
