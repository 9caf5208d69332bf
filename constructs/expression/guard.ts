import { Construct } from 'constructs';
import { type Expr, isExpr, type Val } from './expr.ts';

/** Everything below is in the chart only under a condition: `{{- if … }}` around each file. */
export class Guard extends Construct {
  readonly condition: Expr<boolean>;

  constructor(scope: Construct, id: string, condition: Expr<boolean>) {
    super(scope, id);
    this.condition = condition;
  }
}

/** Builds resources under a condition: not at all when it is known to be false. */
export function whenever(
  scope: Construct,
  id: string,
  condition: Val<boolean>,
  build: (scope: Construct) => void,
): void {
  if (isExpr(condition)) build(new Guard(scope, id, condition));
  else if (condition) build(scope);
}
