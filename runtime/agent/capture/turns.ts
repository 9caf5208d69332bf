import { setImmediate } from 'node:timers/promises';

/** Lets other work run within a long loop. */
export class Turns {
  readonly #sliceMs: number;
  #end: number;

  /** @param sliceMs how long other work may wait, milliseconds */
  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs;
    this.#end = performance.now() + sliceMs;
  }

  /** To be awaited at each round. */
  async next(): Promise<void> {
    if (performance.now() <= this.#end) return;
    await setImmediate();
    this.#end = performance.now() + this.#sliceMs;
  }
}
