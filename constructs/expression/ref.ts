import { Expr, type ExprKind } from './expr.ts';

/** A key of values.yaml: `.Values.a.b`. */
export class Ref<T> extends Expr<T> {
  readonly kind: ExprKind;
  readonly path: readonly string[];

  constructor(kind: ExprKind, path: readonly string[]) {
    super();
    this.kind = kind;
    this.path = path;
  }

  /** Integers pass through `int64`: Helm reads numbers of a file as float64, which print as 1e+06. */
  pipeline(): string {
    const name = `.Values.${this.path.join('.')}`;
    return this.kind === 'integer' ? `int64 ${name}` : name;
  }
}
