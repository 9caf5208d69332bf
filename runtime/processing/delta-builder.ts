// Gathers the observations of contiguous batches of one agent epoch into a delta.
import type { Delta, Observation } from '../protocol/generated/findings.ts';
import { maxDeltaObservations } from '../protocol/limits.ts';
import { emptyObservationBytes, ObservationSum, observationKey } from '../protocol/observation.ts';

export interface DeltaLimits {
  /** Encoded size, estimated from above, from which the delta should be sent without waiting. */
  flushBytes: number;
  /** Size from which further observations are left out and counted; one observation may pass it. */
  maxBytes: number;
  /** Observations from which further ones are left out and counted. @default what aggregation accepts */
  maxObservations?: number;
}

/** `maxBytes` and one observation more stay below the frame limit of 16 MiB. */
export const defaultDeltaLimits: DeltaLimits = { flushBytes: 1024 * 1024, maxBytes: 12 * 1024 * 1024 };

export class DeltaBuilder {
  readonly #limits: DeltaLimits;
  readonly #sums = new Map<string, ObservationSum>();
  #first = 0;
  #last = 0;
  #bytes = 0;

  get #maxObservations(): number {
    return this.#limits.maxObservations ?? maxDeltaObservations;
  }

  constructor(limits: DeltaLimits = defaultDeltaLimits) {
    this.#limits = limits;
  }

  /** True when no batch was begun since the last `take`. */
  get empty(): boolean {
    return this.#last === 0;
  }

  get full(): boolean {
    return this.#bytes >= this.#limits.flushBytes || this.#sums.size >= this.#maxObservations / 2;
  }

  /** Begins the next batch. Throws RangeError when `sequence` does not follow the one before. */
  beginBatch(sequence: number): void {
    if (this.#first === 0) this.#first = sequence;
    else if (sequence !== this.#last + 1)
      throw new RangeError(`Batch ${sequence} does not follow batch ${this.#last}.`);
    this.#last = sequence;
  }

  /** False when it was left out because the delta has reached `maxBytes` or `maxObservations`. */
  add(observation: Observation): boolean {
    if (this.#bytes >= this.#limits.maxBytes) return false;
    const key = observationKey(observation);
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      if (this.#sums.size >= this.#maxObservations) return false;
      sum = new ObservationSum(observation);
      this.#sums.set(key, sum);
      this.#bytes += emptyObservationBytes(observation);
    }
    this.#bytes += sum.add(observation);
    return true;
  }

  /** The delta so far; the builder is empty afterwards. */
  take(agent: string, epoch: string): Delta {
    const observations = Array.from(this.#sums.values(), sum => sum.toObservation());
    const delta = { agent, epoch, first: this.#first, last: this.#last, observations };
    this.#sums.clear();
    this.#first = 0;
    this.#last = 0;
    this.#bytes = 0;
    return delta;
  }
}
