import { Expr, type UseHelper } from './expr.ts';

/** Whether the cluster knows an API version, or a kind of one: `.Capabilities.APIVersions.Has`. */
export class HasApi extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #api: string;

  /** @param api `group/version`, or `group/version/Kind` */
  constructor(api: string) {
    super();
    this.#api = api;
  }

  pipeline(_use: UseHelper): string {
    return `.Capabilities.APIVersions.Has ${JSON.stringify(this.#api)}`;
  }
}
