import { Expr, type ExprKind, isExpr, operand, type UseHelper, type Val } from './expr.ts';

type Scalar = string | number | boolean;

class Choose<T extends Scalar> extends Expr<T> {
  readonly kind: ExprKind;
  readonly #condition: Expr<boolean>;
  readonly #then: Val<T>;
  readonly #otherwise: Val<T>;

  constructor(condition: Expr<boolean>, then: Val<T>, otherwise: Val<T>) {
    super();
    this.kind = kindOf(then);
    this.#condition = condition;
    this.#then = then;
    this.#otherwise = otherwise;
  }

  pipeline(use: UseHelper): string {
    return `ternary ${operand(this.#then, use)} ${operand(this.#otherwise, use)} ${operand(this.#condition, use)}`;
  }
}

function kindOf(value: Val<Scalar>): ExprKind {
  if (isExpr(value)) return value.kind;
  if (typeof value === 'number') return 'integer';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

/**
 * One of two scalars. Go's `ternary` evaluates both, so neither may fail when it is not chosen; wrap the whole in
 * `required` instead.
 */
export function choose<T extends Scalar>(condition: Val<boolean>, then: Val<T>, otherwise: Val<T>): Val<T> {
  if (isExpr(condition)) return new Choose(condition, then, otherwise);
  return condition ? then : otherwise;
}
