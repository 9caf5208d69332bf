import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

const key = 'rollingUpdate';
const type = 'RollingUpdate';

class Strategy extends Expr<never> {
  readonly kind = 'map';
  readonly #strategy: Expr<unknown>;

  constructor(strategy: Expr<unknown>) {
    super();
    this.#strategy = strategy;
  }

  pipeline(use: UseHelper): string {
    const strategy = `(default dict ${operand(this.#strategy as Expr<string>, use)})`;
    return `ternary ${strategy} (omit ${strategy} "${key}") (eq (toString (dig "type" "${type}" ${strategy})) "${type}")`;
  }
}

/**
 * An update strategy of the user over the default one. Maps merge, so another type would stand beside the default
 * `rollingUpdate`, which Kubernetes refuses: then that one goes.
 */
export function strategy<T extends object>(value: Val<T> | undefined): Val<T> | undefined {
  if (isExpr(value)) return new Strategy(value);
  if (value === undefined || !('type' in value) || String(value.type) === type) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as T;
}
