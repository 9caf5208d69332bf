import { Expr, type ExprKind, isExpr, type UseHelper, type Val } from './expr.ts';
import { isEmpty } from './is-empty.ts';

/** A whole map or list of the values, its key left out when it is empty: `{{- with … }}` around it. */
export class UnlessEmpty extends Expr<never> {
  readonly kind: ExprKind;
  readonly collection: Expr<unknown>;
  /** What stands there when it is empty; undefined leaves the key out. */
  readonly fallback: unknown;

  constructor(collection: Expr<unknown>, fallback?: unknown) {
    super();
    this.kind = collection.kind;
    this.collection = collection;
    this.fallback = fallback;
  }

  pipeline(use: UseHelper): string {
    return this.collection.pipeline(use);
  }
}

/** A map or list as the value of a field; the field is left out when there is nothing in it. */
export function unlessEmpty<T extends object>(collection: Val<T> | undefined): T | undefined {
  if (isExpr(collection)) return new UnlessEmpty(collection) as unknown as T;
  return isEmpty(collection) === true ? undefined : collection;
}

/** A map or list as the value of a field, or what is built in when there is nothing in it. */
export function orBuiltIn<T extends object>(collection: Val<T> | undefined, builtIn: unknown): T {
  if (isExpr(collection)) return new UnlessEmpty(collection, builtIn) as unknown as T;
  return (isEmpty(collection) === true ? builtIn : collection) as T;
}
