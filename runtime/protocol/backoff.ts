/** Doubling delays with jitter, so that many clients of a restarted server do not return in step. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #attempts = 0;

  /** From `firstMs` up to `maxMs`. @default 100 to 2000 */
  constructor(firstMs = 100, maxMs = 2000) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** Milliseconds to wait before the next attempt: between half and the whole of the doubled delay. */
  next(): number {
    const delay = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return delay * (0.5 + Math.random() / 2);
  }

  /** After a success. */
  reset(): void {
    this.#attempts = 0;
  }
}
