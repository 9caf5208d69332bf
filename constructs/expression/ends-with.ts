import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class EndsWith extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #value: Expr<string>;
  readonly #suffix: string;

  constructor(value: Expr<string>, suffix: string) {
    super();
    this.#value = value;
    this.#suffix = suffix;
  }

  pipeline(use: UseHelper): string {
    return `hasSuffix ${JSON.stringify(this.#suffix)} ${operand(this.#value, use)}`;
  }
}

/** Whether a string ends with a fixed one. */
export function endsWith(value: Val<string>, suffix: string): Val<boolean> {
  return isExpr(value) ? new EndsWith(value, suffix) : value.endsWith(suffix);
}
