import { Expr, type ExprKind, isExpr, type Val } from './expr.ts';

/** A field or list item that is there only under a condition: `{{- if … }}` around it. */
export class When extends Expr<never> {
  readonly kind: ExprKind = 'map';
  readonly condition: Expr<boolean>;
  /** A literal, a tree of them, or an expression. */
  readonly content: unknown;

  constructor(condition: Expr<boolean>, content: unknown) {
    super();
    this.condition = condition;
    this.content = content;
  }

  pipeline(): string {
    throw new Error(
      'a conditional field has no pipeline: use it only as the value of a field or as a list item',
    );
  }
}

/** The value of a field, or an item of `list`, that is left out when the condition does not hold. */
export function when<T>(condition: Val<boolean>, content: T): T | undefined {
  // Its type is the field's: a `When` stands where the field's value stands, and only the chart writer sees it.
  if (isExpr(condition)) return new When(condition, content) as unknown as T;
  return condition ? content : undefined;
}
