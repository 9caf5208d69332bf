import { configFileBody } from './config-body.ts';
import { Expr, isExpr, type Val } from './expr.ts';

/** The values of a configuration file: scalars and maps of them; a map or list of the user is one leaf. */
export interface ConfigTree {
  /** Undefined leaves the key out. */
  readonly [key: string]: Val<string | number | boolean | readonly unknown[]> | ConfigTree | undefined;
}

/** The text of a configuration file with expressions in it. Only as the body of a helper. */
export class ConfigText extends Expr<string> {
  readonly kind = 'text';
  readonly tree: ConfigTree;
  readonly extra: Val<object> | undefined;

  constructor(tree: ConfigTree, extra: Val<object> | undefined) {
    super();
    this.tree = tree;
    this.extra = extra;
  }

  pipeline(): string {
    throw new Error(
      'the text of a configuration file must be a helper: its checksum is taken over the helper',
    );
  }
}

/**
 * A YAML file as text. We print it ourselves, in both modes with the same code, so that the text and its checksum
 * are equal byte for byte; Helm's `toYaml` depends on the Helm version.
 *
 * @param extra more top-level keys, from the user; those of `tree` win
 */
export function configText(tree: ConfigTree, extra?: Val<object>): Val<string> {
  return hasExpr(tree) || isExpr(extra) ? new ConfigText(tree, extra) : configFileBody(tree, extra);
}

function hasExpr(tree: ConfigTree): boolean {
  return Object.values(tree).some(
    value =>
      isExpr(value) || (typeof value === 'object' && !Array.isArray(value) && hasExpr(value as ConfigTree)),
  );
}
