export { InvalidValuesError, MissingValueError, type ValueProblem } from './values/errors.ts';
export type { PartialValues, Values } from './values/schema.ts';
export { WallarmOob, type WallarmOobProps } from './wallarm-oob.ts';
