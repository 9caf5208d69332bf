import type { Exchange } from '../exchange.ts';
import type { Api } from '../openapi.ts';

/** An admitted request, as every contestant gets it. */
export interface AdmittedRequest {
  readonly exchange: Exchange;
  readonly segments: readonly string[];
}

/** Whoever groups requests of one API into endpoints. */
export interface Contestant {
  readonly name: string;
  /** Requests beyond this many are left out of the contestant's own score, and the table says so. */
  readonly maximumRequests?: number;
  /** The endpoint of each request, in order: `METHOD /a/{x}/b`. */
  readonly group: (requests: readonly AdmittedRequest[], api: Api) => Promise<readonly string[]>;
}
