// Observations form a commutative monoid: adding is associative and commutative, and adding nothing changes nothing.
// That is what allows exchanges to be grouped into deltas in any way and at any time.
import type { Observation, Parameter, Segment } from './generated/findings.ts';
import { addCounts } from './limits.ts';

/** Equal keys: the same host, method and path shape. JSON, because any character may occur in a segment. */
export function observationKey(observation: Pick<Observation, 'host' | 'method' | 'segments'>): string {
  return JSON.stringify([observation.host, observation.method, segmentsKey(observation.segments)]);
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

interface ParameterSum {
  location: Parameter['location'];
  name: string;
  requests: number;
  types: Map<string, number>;
}

/** The sum of observations with one key. Adding costs time in proportion to what is added, never to the sum. */
export class ObservationSum {
  readonly #of: Pick<Observation, 'host' | 'method' | 'segments'>;
  #requests = 0;
  #firstSeenUs = Number.POSITIVE_INFINITY;
  #lastSeenUs = 0;
  readonly #statuses = new Map<number, number>();
  readonly #parameters = new Map<string, ParameterSum>();

  constructor(of: Pick<Observation, 'host' | 'method' | 'segments'>) {
    this.#of = { host: of.host, method: of.method, segments: of.segments };
  }

  /** `observation` stays as it is. Returns how many encoded bytes the sum may have grown by, estimated from above. */
  add(observation: Observation): number {
    let grown = 0;
    this.#requests = addCounts(this.#requests, observation.requests);
    this.#firstSeenUs = Math.min(this.#firstSeenUs, observation.firstSeenUs);
    this.#lastSeenUs = Math.max(this.#lastSeenUs, observation.lastSeenUs);
    for (const { status, requests } of observation.statuses) {
      const known = this.#statuses.get(status);
      if (known === undefined) grown += statusBytes;
      this.#statuses.set(status, addCounts(known ?? 0, requests));
    }
    for (const parameter of observation.parameters) grown += this.#addParameter(parameter);
    return grown;
  }

  toObservation(): Observation {
    return {
      ...this.#of,
      requests: this.#requests,
      firstSeenUs: this.#firstSeenUs,
      lastSeenUs: this.#lastSeenUs,
      statuses: Array.from(this.#statuses, ([status, requests]) => ({ status, requests })),
      parameters: Array.from(this.#parameters.values(), ({ location, name, requests, types }) => ({
        location,
        name,
        requests,
        types: Array.from(types, ([type, count]) => ({ type, count })),
      })),
    };
  }

  #addParameter(parameter: Parameter): number {
    let grown = 0;
    const key = parameterKey(parameter);
    let sum = this.#parameters.get(key);
    if (sum === undefined) {
      sum = { location: parameter.location, name: parameter.name, requests: 0, types: new Map() };
      this.#parameters.set(key, sum);
      grown += parameterBytes + textBytes(parameter.name);
    }
    sum.requests = addCounts(sum.requests, parameter.requests);
    for (const { type, count } of parameter.types) {
      const known = sum.types.get(type);
      if (known === undefined) grown += typeBytes + textBytes(type);
      sum.types.set(type, addCounts(known ?? 0, count));
    }
    return grown;
  }
}

// Encoded sizes from above: tags, lengths and counters (a varint below 2⁵³ has at most 8 bytes).
const statusBytes = 2 + 3 + 9;
const parameterBytes = 4 + 2 + 4 + 9;
const typeBytes = 3 + 3 + 9;

/** Of an observation without statuses and parameters. */
export function emptyObservationBytes(of: Pick<Observation, 'host' | 'method' | 'segments'>): number {
  const segments = of.segments.reduce(
    (sum, { segment }) =>
      sum + 8 + textBytes(segment?.$case === 'shape' ? segment.shape : (segment?.literal ?? '')),
    0,
  );
  return 5 + 4 + textBytes(of.host) + 2 + textBytes(of.method) + 3 * 9 + segments;
}

/** UTF-8 takes at most three bytes per UTF-16 unit. */
function textBytes(text: string): number {
  return text.length * 3;
}
