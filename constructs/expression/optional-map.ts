import { Expr, isExpr, type UseHelper, type Val } from './expr.ts';
import { Helper } from './helper.ts';
import { layered } from './layers.ts';

type StringMap = Readonly<Record<string, string>>;

/** A named template that yields the entries of a map or nothing, as the value of a field that is then left out. */
export class OptionalMap extends Expr<never> {
  readonly kind = 'map';
  readonly #entries: Helper<unknown>;

  constructor(entries: Helper<unknown>) {
    super();
    this.#entries = entries;
  }

  pipeline(use: UseHelper): string {
    return `${this.#entries.pipeline(use)} | trimPrefix "\\n"`;
  }
}

/**
 * Maps of the user over one another, the last wins, as the value of a field that is left out when all are empty.
 *
 * @param name of the named template, without the chart's prefix
 */
export function optionalMap(
  name: string,
  ...layers: readonly (Val<StringMap> | undefined)[]
): Record<string, string> | undefined {
  const merged = layered({}, [], ...layers);
  if (layers.some(isExpr))
    return new OptionalMap(new Helper(`wallarm-oob.${name}`, merged)) as unknown as Record<string, string>;
  return Object.keys(merged).length === 0 ? undefined : (merged as Record<string, string>);
}
