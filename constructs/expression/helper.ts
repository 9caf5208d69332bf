import { ConfigText } from './config-text.ts';
import { decode, Expr, type ExprKind, isExpr, type UseHelper } from './expr.ts';

/** A named template in `_helpers.tpl`, used through `include`. */
export class Helper<T> extends Expr<T> {
  readonly kind: ExprKind;
  readonly name: string;
  /** A scalar expression, the text of a configuration file, or a map whose values may be expressions. */
  readonly body: unknown;

  constructor(name: string, body: unknown) {
    super();
    this.kind = isExpr(body) ? body.kind : 'map';
    this.name = name;
    this.body = body;
  }

  pipeline(use: UseHelper): string {
    use(this.name, this.body);
    return `include ${JSON.stringify(this.name)} .`;
  }
}

/**
 * Gives a value a name in the chart's `_helpers.tpl`, so that it is written once.
 *
 * `include` yields text, so strings, configuration files and maps can be helpers, numbers and booleans cannot.
 *
 * @param name without the chart's prefix: `agent.fullname`
 */
export function helper<T>(name: string, body: T): T {
  const isSymbolic = isExpr(body) || (typeof body === 'object' && body !== null && hasExpr(body));
  if (!isSymbolic) return body;
  if (isExpr(body) && !(body instanceof ConfigText) && body.kind !== 'string')
    throw new Error(`helper ${name}: a ${body.kind} cannot be a helper, because include yields text`);
  return new Helper(`wallarm-oob.${name}`, body) as T;
}

function hasExpr(map: object): boolean {
  return Object.entries(map).some(([key, value]) => isExpr(value) || decode(key) !== key);
}
