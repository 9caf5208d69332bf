/** Delays between attempts, milliseconds: doubling from 100 up to a ceiling, each drawn from its upper half. */
export class Backoff {
  private readonly maxDelayMs: number;
  private readonly random: () => number;
  private attempt = 0;

  /** @param random uniform in [0, 1) */
  constructor(maxDelayMs: number, random: () => number = Math.random) {
    this.maxDelayMs = maxDelayMs;
    this.random = random;
  }

  next(): number {
    const ceiling = Math.min(this.maxDelayMs, 200 * 2 ** this.attempt);
    this.attempt = Math.min(this.attempt + 1, 16);
    return ceiling / 2 + (this.random() * ceiling) / 2;
  }

  reset(): void {
    this.attempt = 0;
  }
}
