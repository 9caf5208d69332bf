import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The content of a regular file (or what a link leads to, as Kubernetes mounts them) of at most `maxBytes`.
 * Never waits for a writer of a FIFO, and never reads more than `maxBytes` + 1, whatever `file` is.
 *
 * @throws Error, one line.
 */
export function readSmallFile(file: string, maxBytes: number): Buffer {
  // O_NONBLOCK: opening a FIFO would wait for a writer.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > maxBytes) throw new Error(`${stat.size} bytes: expected at most ${maxBytes}`);
    // The size is only what it was (or 0, below /proc), so one byte more is asked for.
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    while (length <= maxBytes) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (read === 0) return bytes.subarray(0, length);
      length += read;
    }
    throw new Error(`more than ${maxBytes} bytes: expected at most ${maxBytes}`);
  } finally {
    closeSync(descriptor);
  }
}
