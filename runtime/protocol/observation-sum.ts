// Observations form a commutative monoid: adding is associative and commutative, and adding nothing changes nothing.
// That is what allows exchanges to be grouped into deltas in any way and at any time. Equal sums are equal bytes.
import { BoundedCounts } from './bounded-counts.ts';
import type {
  Authentication,
  Caller,
  ContentCount,
  Observation,
  Outcome,
  Server,
} from './generated/findings.ts';
import { addCounts } from './limits.ts';
import { emptyParameterBytes, ParameterSum } from './parameter-sum.ts';

/** What tells observations apart. */
export type ObservationKey = Pick<Observation, 'host' | 'method' | 'segments' | 'protocol' | 'operation'>;

/** Statuses times content classes; real endpoints have a handful. */
export const maxOutcomes = 64;
export const maxRequestContents = 16;
export const maxAuthentications = 16;
export const maxCallers = 64;
export const maxServers = 32;
export const maxBusinessFlows = 16;

/** The sum of observations with one key. Adding costs time in proportion to what is added, never to the sum. */
export class ObservationSum {
  readonly #of: ObservationKey;
  #requests = 0;
  #firstSeenUs = Number.POSITIVE_INFINITY;
  #lastSeenUs = 0;
  #application = 0;
  readonly #outcomes = new BoundedCounts<Outcome>(maxOutcomes);
  readonly #requestContents = new BoundedCounts<ContentCount>(maxRequestContents);
  readonly #authentications = new BoundedCounts<Authentication>(maxAuthentications);
  readonly #callers = new BoundedCounts<Caller>(maxCallers);
  readonly #servers = new BoundedCounts<Server>(maxServers);
  readonly #businessFlows = new BoundedCounts<{ name: string; requests: number }>(maxBusinessFlows);
  /** By location, then by name. */
  readonly #parameters = new Map<number, Map<string, ParameterSum>>();

  constructor({ host, method, segments, protocol, operation }: ObservationKey) {
    this.#of = { host, method, segments, protocol, operation };
  }

  /** `observation` stays as it is. Returns how many encoded bytes the sum may have grown by, estimated from above. */
  add(observation: Observation): number {
    let grown = 0;
    this.#requests = addCounts(this.#requests, observation.requests);
    this.#firstSeenUs = Math.min(this.#firstSeenUs, observation.firstSeenUs);
    this.#lastSeenUs = Math.max(this.#lastSeenUs, observation.lastSeenUs);
    this.#application = Math.max(this.#application, observation.application);
    for (const item of observation.outcomes)
      if (this.#outcomes.add(`${item.status} ${item.content}`, item)) grown += bytesOf(item.content);
    for (const item of observation.requestContents)
      if (this.#requestContents.add(item.content, item)) grown += bytesOf(item.content);
    for (const item of observation.authentications)
      if (this.#authentications.add(`${item.type} ${item.location} ${item.name}`, item))
        grown += bytesOf(item.type, item.name);
    for (const item of observation.callers)
      if (this.#callers.add(item.address, item)) grown += bytesOf(item.address);
    for (const item of observation.servers)
      if (this.#servers.add(`${item.namespace}/${item.pod}/${item.address}`, item))
        grown += bytesOf(item.namespace, item.pod, item.address);
    for (const name of observation.businessFlows)
      if (this.#businessFlows.add(name, { name, requests: 1 })) grown += bytesOf(name);
    for (const parameter of observation.parameters) {
      const { location, name } = parameter;
      let sums = this.#parameters.get(location);
      if (sums === undefined) {
        sums = new Map();
        this.#parameters.set(location, sums);
      }
      let sum = sums.get(name);
      if (sum === undefined) {
        sum = new ParameterSum(parameter);
        sums.set(name, sum);
        grown += emptyParameterBytes + textBytes(parameter.name);
      }
      grown += sum.add(parameter);
    }
    return grown;
  }

  toObservation(): Observation {
    return {
      ...this.#of,
      requests: this.#requests,
      firstSeenUs: this.#firstSeenUs,
      lastSeenUs: this.#lastSeenUs,
      outcomes: this.#outcomes.toArray(),
      parameters: [...this.#parameters]
        .sort(([a], [b]) => a - b)
        .flatMap(([, sums]) => sortedSums(sums).map(sum => sum.toParameter())),
      requestContents: this.#requestContents.toArray(),
      authentications: this.#authentications.toArray(),
      callers: this.#callers.toArray(),
      servers: this.#servers.toArray(),
      businessFlows: this.#businessFlows.toArray().map(({ name }) => name),
      application: this.#application,
    };
  }
}

function sortedSums(sums: ReadonlyMap<string, ParameterSum>): ParameterSum[] {
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

/** Encoded size from above of an observation that has only a key. */
export function emptyObservationBytes(of: ObservationKey): number {
  const segments = of.segments.reduce(
    (sum, { segment }) =>
      sum + 8 + textBytes(segment?.$case === 'shape' ? segment.shape : (segment?.literal ?? '')),
    0,
  );
  const texts = textBytes(of.host) + textBytes(of.method) + textBytes(of.operation);
  return 5 + 4 + 2 + 3 * 9 + 2 + 6 + 7 + texts + segments;
}

/** Of a list item with these texts and at most two small numbers and a count (a varint below 2⁵³ has at most 8 bytes). */
function bytesOf(...texts: string[]): number {
  return texts.reduce((sum, text) => sum + 4 + textBytes(text), 5 + 4 + 9);
}

/** UTF-8 takes at most three bytes per UTF-16 unit. */
function textBytes(text: string): number {
  return text.length * 3;
}
