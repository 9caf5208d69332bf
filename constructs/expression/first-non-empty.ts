import { Expr, type ExprKind, isExpr, operand, type UseHelper, type Val } from './expr.ts';
import { isEmpty } from './is-empty.ts';

class FirstNonEmpty extends Expr<never> {
  readonly kind: ExprKind;
  readonly #collections: readonly Expr<unknown>[];

  constructor(collections: readonly Expr<unknown>[]) {
    super();
    this.kind = collections[0]?.kind ?? 'list';
    this.#collections = collections;
  }

  pipeline(use: UseHelper): string {
    return `coalesce ${this.#collections.map(collection => operand(collection as Expr<string>, use)).join(' ')}`;
  }
}

/** The first list or map with something in it; an empty one, or undefined, when there is none. All are known or none is. */
export function firstNonEmpty<T extends object>(
  ...collections: readonly (Val<T> | undefined)[]
): Val<T> | undefined {
  const symbolic = collections.filter(collection => isExpr(collection));
  if (symbolic.length === 0) return collections.find(collection => isEmpty(collection) === false);
  if (symbolic.length !== collections.length)
    throw new Error('a choice between collections of which some are known and some are not');
  return new FirstNonEmpty(symbolic);
}
