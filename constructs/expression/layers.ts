import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';
import { type FixedMap, Spread, withUserEntries } from './spread.ts';

type StringMap = Readonly<Record<string, string>>;

/** A map of strings without the keys that later maps have too; printed as a loop. */
export class Layer extends Expr<never> {
  readonly kind = 'map';
  readonly #map: Expr<unknown>;
  readonly #except: readonly string[];
  /** References, whose pipelines begin with a dot. */
  readonly #later: readonly Expr<unknown>[];

  constructor(map: Expr<unknown>, except: readonly string[], later: readonly Expr<unknown>[]) {
    super();
    this.#map = map;
    this.#except = except;
    this.#later = later;
  }

  /** The map that is looped over. */
  pipeline(use: UseHelper): string {
    return new Spread(this.#map, this.#except).pipeline(use);
  }

  /** The condition on `$key` under which an entry is printed. */
  condition(use: UseHelper): string {
    // Inside a loop the dot is the value; the root is $.
    const found = this.#later.map(
      later => `hasKey (default dict $${operand(later as Expr<string>, use)}) $key`,
    );
    return found.length === 1 ? `not (${found[0]})` : `not (or ${found.map(each => `(${each})`).join(' ')})`;
  }
}

/**
 * Maps of the user over one another, the last wins, and fixed entries over all of them.
 *
 * @param fixedKeys the keys of `fixed`, helpers included
 */
export function layered(
  fixed: FixedMap,
  fixedKeys: readonly string[],
  ...layers: readonly (Val<StringMap> | undefined)[]
): FixedMap {
  const symbolic = layers.filter(layer => isExpr(layer));
  if (symbolic.length === 0) return { ...Object.assign({}, ...layers), ...fixed };
  if (symbolic.length !== layers.length)
    throw new Error('maps of the user of which some are known and some are not');
  const last = symbolic.at(-1) as Val<StringMap>;
  const result: Record<string, Val<string>> = { ...fixed };
  for (const [index, layer] of symbolic.slice(0, -1).entries())
    result[String(new Layer(layer, fixedKeys, symbolic.slice(index + 1)))] = '';
  return withUserEntries(result, last, fixedKeys);
}
