import type { Writable } from 'node:stream';

/** Text that waits for a slow reader, bytes; beyond it lines are left out and counted. */
const maxWaitingBytes = 128 * 1024 * 1024;
/** A reader that takes nothing for so long does not read any more. */
const patienceMs = 10_000;
const checkIntervalMs = 50;

/**
 * Lines for people and programs: whole, in order, those of one turn in one write. Memory is bounded when the reader is
 * slow or has stopped; what is left out is counted.
 */
export class LineOutput {
  /** Lines left out because too much waited. */
  dropped = 0;
  readonly #stream: Writable;
  #lines: string[] = [];
  #characters = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  add(line: string): void {
    if (this.#stream.writableLength + this.#characters > maxWaitingBytes) {
      this.dropped++;
      return;
    }
    if (this.#lines.length === 0) queueMicrotask(() => this.#flush());
    this.#lines.push(line);
    this.#characters += line.length + 1;
  }

  /** Resolves when everything has been taken, or nobody has taken anything for ten seconds. */
  async end(): Promise<void> {
    this.#flush();
    const stream = this.#stream;
    let waiting = stream.writableLength;
    let deadline = Date.now() + patienceMs;
    while (stream.writableLength > 0 && !stream.destroyed && Date.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, checkIntervalMs));
      if (stream.writableLength < waiting) deadline = Date.now() + patienceMs;
      waiting = stream.writableLength;
    }
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    this.#lines.push('');
    this.#stream.write(this.#lines.join('\n'));
    this.#lines = [];
    this.#characters = 0;
  }
}
