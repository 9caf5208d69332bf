// Looks at single values for classes of sensitive data and keeps counts per parameter.
import type { Parameter } from '../../protocol/generated/findings.ts';
import type { ValueType } from '../../protocol/value-types.ts';

export interface Examiner {
  /**
   * Adds to `parameter.examined` and `parameter.sensitive` what `value`, the parameter's name and the literals of the
   * `path` say. `value` is not empty.
   */
  examine(parameter: Parameter, value: string, type: ValueType, path: readonly string[]): void;
}
