/** Delays between attempts, milliseconds: doubling from 100 to 5000, each drawn at random from its upper half. */
export class Backoff {
  private readonly random: () => number;
  private attempt = 0;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  next(): number {
    const ceiling = Math.min(5000, 200 * 2 ** this.attempt);
    this.attempt = Math.min(this.attempt + 1, 16);
    return ceiling / 2 + (this.random() * ceiling) / 2;
  }

  reset(): void {
    this.attempt = 0;
  }
}
