import { Construct } from 'constructs';
import type { UseHelper } from './expression/expr.ts';

/** A file of the chart that is not one Kubernetes object. In plain YAML there is none. */
export class RawTemplate extends Construct {
  /** Text of the file, line feed included. */
  readonly print: (use: UseHelper) => string;

  constructor(scope: Construct, id: string, print: (use: UseHelper) => string) {
    super(scope, id);
    this.print = print;
  }
}

/**
 * The line behind a manifest that ends in a value. Helm takes line feeds and Unicode white space, which YAML does not
 * quote, from the end of each manifest (SplitManifests in its package releaseutil), and with them the end of the value.
 */
export const endOfManifest = '# end\n';
