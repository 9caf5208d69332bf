import { createHash } from 'node:crypto';
import { Expr, isExpr, type UseHelper, type Val } from './expr.ts';

class Sha256 extends Expr<string> {
  readonly kind = 'string';
  readonly #text: Expr<string>;

  constructor(text: Expr<string>) {
    super();
    this.#text = text;
  }

  pipeline(use: UseHelper): string {
    return `${this.#text.pipeline(use)} | sha256sum`;
  }
}

/** SHA-256 in lower-case hexadecimal; of a helper's text, so that a change of configuration rolls the pods. */
export function sha256(text: Val<string>): Val<string> {
  return isExpr(text) ? new Sha256(text) : createHash('sha256').update(text).digest('hex');
}
