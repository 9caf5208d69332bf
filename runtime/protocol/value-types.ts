// Names of value types in findings, and what several of them have in common.
import type { TypeCount } from './generated/findings.ts';

/** JSON Schema type (`type`) and format (`format`, empty: none) of each name in TypeCount. */
export const valueTypes = {
  boolean: ['boolean', ''],
  int32: ['integer', 'int32'],
  int64: ['integer', 'int64'],
  /** Beyond 64 bits. */
  integer: ['integer', ''],
  /** Survives single precision. */
  float: ['number', 'float'],
  double: ['number', 'double'],
  /** More digits than double precision keeps. */
  number: ['number', ''],
  uuid: ['string', 'uuid'],
  'date-time': ['string', 'date-time'],
  date: ['string', 'date'],
  time: ['string', 'time'],
  duration: ['string', 'duration'],
  email: ['string', 'email'],
  ipv4: ['string', 'ipv4'],
  ipv6: ['string', 'ipv6'],
  uri: ['string', 'uri'],
  hex: ['string', 'hex'],
  byte: ['string', 'byte'],
  jwt: ['string', 'jwt'],
  string: ['string', ''],
  /** Octets that are no text: files, protobuf bytes. */
  binary: ['string', 'binary'],
} as const;

export type ValueType = keyof typeof valueTypes;

export interface TypeAndFormat {
  /** integer, number, boolean or string. */
  type: string;
  /** int32, double, uuid, …; empty: none that all values share. */
  format: string;
}

/** What a number widens to, narrowest first. */
const numbers: readonly string[] = ['int32', 'int64', 'integer', 'float', 'double', 'number'];

/**
 * The narrowest type and format of all values. A value in 200 may disagree (`tolerance`): clients send `undefined`
 * and `null` as text. Numbers widen to numbers; everything else that is mixed is a string without a format.
 */
export function typeAndFormat(types: readonly TypeCount[], tolerance = 0.005): TypeAndFormat {
  const seen = types.filter(({ count }) => count > 0);
  const total = seen.reduce((sum, { count }) => sum + count, 0);
  const kept = seen.filter(({ count }) => count > total * tolerance);
  const names = new Set(kept.map(({ type }) => type));
  const [first] = names;
  if (first === undefined) return { type: 'string', format: '' };
  if (names.size === 1) return describe(first);
  if ([...names].every(name => numbers.includes(name))) return widest(names);
  return {
    type: [...names].every(name => describe(name).type === 'boolean') ? 'boolean' : 'string',
    format: '',
  };
}

function widest(names: ReadonlySet<string>): TypeAndFormat {
  const last = numbers.findLast(name => names.has(name)) ?? 'number';
  // Whole numbers that single precision does not keep make a float a double.
  if (last === 'float' && (names.has('int64') || names.has('integer'))) return describe('double');
  return describe(last);
}

function describe(name: string): TypeAndFormat {
  const [type, format] = valueTypes[name as ValueType] ?? ['string', ''];
  return { type, format };
}
