import { Expr, isExpr, type UseHelper, type Val } from './expr.ts';

/** Characters that a Kubernetes name or label value may contain but not end with. */
const inner = '-._';

class Truncate extends Expr<string> {
  readonly kind = 'string';
  readonly #value: Expr<string>;
  readonly #length: number;

  constructor(value: Expr<string>, length: number) {
    super();
    this.#value = value;
    this.#length = length;
  }

  pipeline(use: UseHelper): string {
    return `${this.#value.pipeline(use)} | trunc ${this.#length} | trimAll ${JSON.stringify(inner)}`;
  }
}

/** Cuts an ASCII string to a length in bytes and takes `-`, `.` and `_` off both ends, as names and label values need. */
export function truncate(value: Val<string>, length: number): Val<string> {
  if (isExpr(value)) return new Truncate(value, length);
  return value.slice(0, length).replace(/^[-._]+|[-._]+$/g, '');
}
