// Where the readers of query, headers and bodies put what they find.
import type { Location } from '../../protocol/generated/findings.ts';
import type { ValueType } from '../../protocol/value-types.ts';
import { shapeOf } from '../shape.ts';

export interface PointSink {
  /**
   * One value of one parameter. `type` is undefined when the value says nothing (empty, null); `value` is its text,
   * empty for values that are no text (files). A repeated name is one parameter with several values.
   */
  add(location: Location, name: string, type: ValueType | undefined, value: string): void;
  /** Counts values left out because of a limit. */
  drop(count?: number): void;
}

/**
 * A name that is itself data, such as the keys of a map from user id to score, becomes `*`: else every user would be
 * a parameter.
 */
export function parameterName(name: string): string {
  // Names without a digit, `@` or 128 characters have no shape; most are such.
  if (name.length < 128 && !/[\d@]/.test(name)) return name;
  return shapeOf(name, 2) === undefined ? name : '*';
}

/** `user.name` of `user` and `name`. */
export function childName(parent: string, name: string): string {
  return parent === '' ? parameterName(name) : `${parent}.${parameterName(name)}`;
}
