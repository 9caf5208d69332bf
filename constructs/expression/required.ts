import { MissingValueError } from '../values/errors.ts';
import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class Required extends Expr<string> {
  readonly kind = 'string';
  readonly #value: Expr<string>;
  readonly #message: string;

  constructor(value: Expr<string>, message: string) {
    super();
    this.#value = value;
    this.#message = message;
  }

  pipeline(use: UseHelper): string {
    return `required ${JSON.stringify(this.#message)} ${operand(this.#value, use)}`;
  }
}

/**
 * A string that must not be empty.
 *
 * @param path the key that the user should set, such as `config.api.token`
 * @param remedy what to set instead or besides, one sentence
 * @throws MissingValueError when the value is known and empty; in a chart, Helm fails with the same text
 */
export function required(value: Val<string>, path: string, remedy: string): Val<string> {
  if (isExpr(value)) return new Required(value, new MissingValueError(path, remedy).message);
  if (value === '') throw new MissingValueError(path, remedy);
  return value;
}
