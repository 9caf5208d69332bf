import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

const handlers = ['tcpSocket', 'exec', 'grpc'] as const;

class Probe extends Expr<never> {
  readonly kind = 'map';
  readonly #probe: Expr<unknown>;

  constructor(probe: Expr<unknown>) {
    super();
    this.#probe = probe;
  }

  pipeline(use: UseHelper): string {
    const probe = `(default dict ${operand(this.#probe as Expr<string>, use)})`;
    const others = handlers.map(handler => `(hasKey ${probe} "${handler}")`).join(' ');
    return `ternary (omit ${probe} "httpGet") ${probe} (or ${others})`;
  }
}

/**
 * A probe of the user over the default one. Maps merge, so a handler of another kind would stand beside the default
 * `httpGet`, which Kubernetes refuses: then the default one goes.
 */
export function probe<T extends object>(value: Val<T> | undefined): Val<T> | undefined {
  if (isExpr(value)) return new Probe(value);
  if (value === undefined || !handlers.some(handler => Object.hasOwn(value, handler))) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'httpGet')) as T;
}
