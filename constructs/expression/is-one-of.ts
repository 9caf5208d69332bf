import { Expr, isExpr, operand, type UseHelper, type Val } from './expr.ts';

class IsOneOf extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #value: Expr<string>;
  readonly #choices: readonly string[];

  constructor(value: Expr<string>, choices: readonly string[]) {
    super();
    this.#value = value;
    this.#choices = choices;
  }

  pipeline(use: UseHelper): string {
    const value = operand(this.#value, use);
    const [first, ...more] = this.#choices.map(choice => JSON.stringify(choice));
    return more.length === 0 ? `eq ${value} ${first}` : `has ${value} (list ${[first, ...more].join(' ')})`;
  }
}

/** Whether a string is one of some fixed ones. */
export function isOneOf(value: Val<string>, ...choices: readonly string[]): Val<boolean> {
  return isExpr(value) ? new IsOneOf(value, choices) : choices.includes(value);
}
