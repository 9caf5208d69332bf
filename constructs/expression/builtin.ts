import { Expr } from './expr.ts';

/** What Helm knows beside the values: `.Release.Name`, `.Chart.AppVersion` and the like; always a string. */
export class Builtin extends Expr<string> {
  readonly kind = 'string';
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }

  pipeline(): string {
    return `.${this.name}`;
  }
}
