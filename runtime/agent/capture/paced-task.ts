/** Requests within this are answered together. */
const gatherMs = 100;
/** The task takes this share of the time at most, when it is asked for all the time. */
const share = 1 / 20;

/** Runs a task soon after it is asked for: once for many requests, and the slower it is the less often. */
export class PacedTask {
  readonly #task: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  /** Not before; milliseconds of performance.now(). */
  #next = 0;
  #running = false;
  #askedAgain = false;
  #closed = false;

  /** @param task may not throw */
  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  request(): void {
    if (this.#closed || this.#timer !== undefined) return;
    if (this.#running) {
      this.#askedAgain = true;
      return;
    }
    this.#timer = setTimeout(() => this.#run(), Math.max(gatherMs, this.#next - performance.now()));
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#running = true;
    const start = performance.now();
    await this.#task();
    const end = performance.now();
    this.#next = end + (end - start) / share;
    this.#running = false;
    if (!this.#askedAgain) return;
    this.#askedAgain = false;
    this.request();
  }
}
