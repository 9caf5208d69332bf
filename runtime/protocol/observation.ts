// Keys of observations, and the smallest one.
import { Observation, type Parameter, type Segment } from './generated/findings.ts';
import type { ObservationKey } from './observation-sum.ts';

export { emptyObservationBytes, type ObservationKey, ObservationSum } from './observation-sum.ts';

/** Equal keys: the same host, method, path shape, protocol and operation. With lengths, because any character may occur. */
export function observationKey({ host, method, segments, protocol, operation }: ObservationKey): string {
  let key = `${protocol} ${host.length} ${host}${method.length} ${method}${operation.length} ${operation}`;
  for (const { segment } of segments)
    key +=
      segment?.$case === 'shape'
        ? `s${segment.shape.length} ${segment.shape}`
        : `l${segment?.literal.length ?? 0} ${segment?.literal ?? ''}`;
  return key;
}

/** Canonical text of a path: `["users",{"s":"integer"}]`, literals as strings and shapes as objects. */
export function segmentsKey(segments: readonly Segment[]): string {
  return JSON.stringify(
    segments.map(({ segment }) =>
      segment?.$case === 'shape' ? { s: segment.shape } : (segment?.literal ?? ''),
    ),
  );
}

/** The inverse of `segmentsKey`. */
export function segmentsFromKey(key: string): Segment[] {
  return (JSON.parse(key) as (string | { s: string })[]).map(item => ({
    segment:
      typeof item === 'string' ? { $case: 'literal', literal: item } : { $case: 'shape', shape: item.s },
  }));
}

/** Location and name: what tells the parameters of one observation apart. */
export function parameterKey({ location, name }: Pick<Parameter, 'location' | 'name'>): string {
  return `${location}:${name}`;
}

/** An observation with `fields`; the others are empty. */
export function newObservation(fields: Partial<Observation>): Observation {
  return { ...Observation.create(), ...fields };
}

/** A parameter with `fields`; the others are empty. */
export function newParameter(fields: Partial<Parameter> & Pick<Parameter, 'location' | 'name'>): Parameter {
  return { requests: 1, types: [], valueHashes: [], examined: 0, sensitive: [], ...fields };
}
