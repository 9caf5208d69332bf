import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class OrElse extends Expr<string> {
  readonly kind = 'string';
  readonly #value: Expr<string>;
  readonly #fallback: Val<string>;

  constructor(value: Expr<string>, fallback: Val<string>) {
    super();
    this.#value = value;
    this.#fallback = fallback;
  }

  pipeline(use: UseHelper): string {
    return `default ${operand(this.#fallback, use)} ${operand(this.#value, use)}`;
  }
}

/** The value, or the fallback when it is the empty string. Strings only: Go's `default` takes 0 and false as absent. */
export function orElse(value: Val<string>, fallback: Val<string>): Val<string> {
  if (isExpr(value)) return new OrElse(value, fallback);
  return value === '' ? fallback : value;
}
