import { Expr, type UseHelper } from './expr.ts';

/** Whether values.yaml has a key that is not declared: one that an earlier version of the product had. */
export class HasKey extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #section: readonly string[];
  readonly #key: string;

  constructor(section: readonly string[], key: string) {
    super();
    this.#section = section;
    this.#key = key;
  }

  pipeline(_use: UseHelper): string {
    return `hasKey ${['.Values', ...this.#section].join('.')} ${JSON.stringify(this.#key)}`;
  }
}
