import type { Writable } from 'node:stream';

/** Text that waits for a slow reader, characters; beyond it lines are left out and counted. */
const maxWaitingCharacters = 128 * 1024 * 1024;
/** One write, characters: few enough that a slow reader is seen to get on. */
const maxWriteCharacters = 64 * 1024;
/** A reader that takes nothing for so long does not read any more. */
const patienceMs = 10_000;
const checkIntervalMs = 50;

/** A part of net.Socket that Node.js does not document: what the kernel has not taken yet of the write under way. */
interface Handle {
  readonly _handle?: { readonly writeQueueSize?: number };
}

/**
 * Lines for people and programs: whole and in order, those of one turn together. Memory is bounded when the reader is
 * slow or has stopped; what is left out is counted.
 */
export class LineOutput {
  /** Lines that were not printed because the reader was too slow. */
  dropped = 0;
  readonly #stream: Writable;
  readonly #patienceMs: number;
  /** What is to be written, from `#next` on. */
  #lines: string[] = [];
  #next = 0;
  #characters = 0;
  /** The write under way. */
  #writing = '';
  #flushing = false;
  #givenUp = false;

  constructor(stream: Writable, patience = patienceMs) {
    this.#stream = stream;
    this.#patienceMs = patience;
  }

  add(line: string): void {
    if (this.#givenUp || this.#characters > maxWaitingCharacters) {
      this.dropped++;
      return;
    }
    this.#lines.push(line);
    this.#characters += line.length + 1;
    if (this.#flushing || this.#writing !== '') return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#write();
    });
  }

  /**
   * Resolves when everything has been taken, when nobody reads any more, or when nothing has been taken for ten seconds: what is
   * left then has been dropped.
   */
  async end(): Promise<void> {
    this.#write();
    const stream = this.#stream;
    // What others have written to the stream counts.
    const waits = () => this.#characters + stream.writableLength;
    let waiting = waits();
    let deadline = Date.now() + this.#patienceMs;
    while (waits() > 0 && !stream.destroyed && Date.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, checkIntervalMs));
      if (waits() < waiting) deadline = Date.now() + this.#patienceMs;
      waiting = waits();
    }
    if (stream.destroyed || this.#characters === 0) return;
    this.#givenUp = true;
    this.dropped += this.#lines.length - this.#next + this.#untaken();
  }

  /** Lines of the write under way whose end has not been taken. */
  #untaken(): number {
    const bytes = Buffer.from(this.#writing);
    const left = (this.#stream as Handle)._handle?.writeQueueSize || bytes.length;
    return bytes.subarray(Math.max(0, bytes.length - left)).filter(byte => byte === 0x0a).length;
  }

  #write(): void {
    if (this.#writing !== '' || this.#givenUp || this.#next === this.#lines.length) return;
    const from = this.#next;
    let length = 0;
    while (this.#next < this.#lines.length && length < maxWriteCharacters)
      length += (this.#lines[this.#next++] ?? '').length + 1;
    this.#writing = `${this.#lines.slice(from, this.#next).join('\n')}\n`;
    // What has been written is let go, without moving the rest each time.
    if (this.#next * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#next);
      this.#next = 0;
    }
    this.#stream.write(this.#writing, error => {
      this.#writing = '';
      this.#characters -= length;
      if (!error) this.#write();
    });
  }
}
