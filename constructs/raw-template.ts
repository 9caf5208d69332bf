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
