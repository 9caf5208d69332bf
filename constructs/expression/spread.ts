import { Expr, type ExprKind, isExpr, operand, type UseHelper, type Val } from './expr.ts';
import { Helper } from './helper.ts';

/** The entries of a map, or the items of a list, among others that are written out. */
export class Spread extends Expr<never> {
  readonly kind: ExprKind;
  readonly collection: Expr<unknown>;
  /** Keys to leave out of a map, because they are written out beside it. */
  readonly except: readonly string[];

  constructor(collection: Expr<unknown>, except: readonly string[] = []) {
    super();
    this.kind = collection.kind;
    this.collection = collection;
    this.except = except;
  }

  pipeline(use: UseHelper): string {
    if (this.except.length === 0) return this.collection.pipeline(use);
    // Go's omit refuses the nil that a map deleted with null leaves behind.
    return `omit (default dict ${operand(this.collection as Expr<string>, use)}) ${this.except.map(key => JSON.stringify(key)).join(' ')}`;
  }
}

type StringMap = Readonly<Record<string, string>>;

/** A map of fixed entries: from helpers, and written out. */
export type FixedMap = Readonly<Record<string, Val<string>>>;

/** The entries of a helper that yields a map, to be spread into an object: `{ ...entries(labels), extra: 'x' }`. */
export function entries(map: Val<FixedMap>): FixedMap {
  return isExpr(map) ? { [String(new Spread(map))]: '' } : map;
}

/**
 * The user's entries after fixed ones. A fixed key wins, because selectors and checksums depend on it.
 *
 * @param fixed may contain {@link entries} of helpers
 */
export function withUserEntries(
  fixed: FixedMap,
  user: Val<StringMap> | undefined,
  fixedKeys: readonly string[],
): FixedMap {
  if (isExpr(user)) return { ...fixed, [String(new Spread(user, fixedKeys))]: '' };
  return { ...user, ...fixed };
}

/** The keys of a map, those of helpers included. */
export function keysOf(map: Val<FixedMap>): readonly string[] {
  return Object.keys(map instanceof Helper ? (map.body as object) : map);
}

/** A user's list as items among others, for use in {@link list}. */
export function items<T>(user: Val<readonly T[]> | undefined): T[] {
  if (isExpr(user)) return [new Spread(user) as unknown as T];
  return [...(user ?? [])];
}

/** A list whose items may be conditional; those that are known to be absent are dropped. */
export function list<T>(...elements: readonly (T | undefined)[]): T[] {
  return elements.filter(element => element !== undefined);
}
