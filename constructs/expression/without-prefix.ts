import { Expr, isExpr, type UseHelper, type Val } from './expr.ts';

class WithoutPrefix extends Expr<string> {
  readonly kind = 'string';
  readonly #value: Expr<string>;
  readonly #prefix: string;

  constructor(value: Expr<string>, prefix: string) {
    super();
    this.#value = value;
    this.#prefix = prefix;
  }

  pipeline(use: UseHelper): string {
    return `${this.#value.pipeline(use)} | trimPrefix ${JSON.stringify(this.#prefix)}`;
  }
}

/** The string without a prefix, which is taken off once. */
export function withoutPrefix(value: Val<string>, prefix: string): Val<string> {
  if (isExpr(value)) return new WithoutPrefix(value, prefix);
  return value.startsWith(prefix) ? value.slice(prefix.length) : value;
}
