// Standard output as a log wants it: synchronous, so that the last line before an exit is not lost, and not in the way
// of the service when its reader is gone. (pino's own destination repeats a write that fails with EPIPE
// without end and without yielding, which leaves a process that does not even hear SIGTERM.)
import { writeSync } from 'node:fs';

/** How long one line waits for a reader that is slow, when the descriptor does not block. */
const patienceMs = 100;
const pauseMs = 5;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

export interface LogOutput {
  /** Never throws. */
  write(line: string): void;
  /** Lines that nobody could be given. */
  readonly dropped: number;
}

/** `write` is for tests. */
export function openLogOutput(
  descriptor = 1,
  write: (descriptor: number, bytes: Uint8Array) => number = writeSync,
): LogOutput {
  /** The rest of a line that was begun: without it the next line would be glued to half a line. */
  let begun: Uint8Array = new Uint8Array();
  /** A reader that was too slow for one line is not waited for again until it reads. */
  let stalled = false;
  let dropped = 0;

  /** Returns what could not be written; empty when all was. Throws when nobody can read it. */
  function writeSome(bytes: Uint8Array): Uint8Array {
    const deadline = performance.now() + (stalled ? 0 : patienceMs);
    let rest = bytes;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(write(descriptor, rest));
        stalled = false;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EINTR') continue;
        if (code !== 'EAGAIN') throw error;
        if (performance.now() >= deadline) {
          stalled = true;
          return rest;
        }
        Atomics.wait(sleeper, 0, 0, pauseMs);
      }
    }
    return rest;
  }

  return {
    write(line) {
      try {
        begun = writeSome(begun);
        if (begun.length > 0) {
          dropped++;
          return;
        }
        const bytes = Buffer.from(line);
        const rest = writeSome(bytes);
        if (rest.length === bytes.length) dropped++;
        else begun = rest;
      } catch {
        // EPIPE, EBADF, EIO, ENOSPC: a service works without its log.
        begun = new Uint8Array();
        dropped++;
      }
    },
    get dropped() {
      return dropped;
    },
  };
}
