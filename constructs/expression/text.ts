import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class Text extends Expr<string> {
  readonly kind = 'string';
  readonly #literals: readonly string[];
  readonly #parts: readonly Val<string | number>[];

  constructor(literals: readonly string[], parts: readonly Val<string | number>[]) {
    super();
    this.#literals = literals;
    this.#parts = parts;
  }

  pipeline(use: UseHelper): string {
    const format = this.#literals
      .map(literal => literal.replaceAll('%', '%%'))
      .reduce((joined, literal, index) => `${joined}${verb(this.#parts[index - 1])}${literal}`);
    return `printf ${JSON.stringify(format)} ${this.#parts.map(value => operand(value, use)).join(' ')}`;
  }
}

function verb(part: Val<string | number> | undefined): string {
  const isInteger = isExpr(part) ? part.kind === 'integer' : typeof part === 'number';
  return isInteger ? '%d' : '%s';
}

/** A string with values in it: ``text`${name}-agent` ``. Go's `printf`; numbers are integers. */
export function text(literals: TemplateStringsArray, ...parts: readonly Val<string | number>[]): Val<string> {
  if (parts.some(isExpr)) return new Text(literals, parts);
  return literals.reduce((joined, literal, index) => `${joined}${parts[index - 1]}${literal}`);
}
