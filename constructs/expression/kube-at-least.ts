import { Expr, type UseHelper } from './expr.ts';

/** Whether the cluster's Kubernetes is of a minor version or later; pre-releases and vendors' suffixes count as it. */
export class KubeAtLeast extends Expr<boolean> {
  readonly kind = 'boolean';
  readonly #minor: number;

  /** @param minor of Kubernetes 1 */
  constructor(minor: number) {
    super();
    this.#minor = minor;
  }

  pipeline(_use: UseHelper): string {
    return `semverCompare ">=1.${this.#minor}-0" .Capabilities.KubeVersion.Version`;
  }
}
