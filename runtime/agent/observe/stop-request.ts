import { constants } from 'node:os';

/** Nothing more can be printed: the disk is full, for example. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/** Ctrl-C, a manager of services, and a terminal that was closed or whose connection is gone. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** More than what started this program takes to pass a signal on, or to be missed (../../end-with-parent.mjs). */
const sameWishMs = 1000;
/** A closed pipe; a terminal that is gone. */
const readerIsGone = new Set(['EPIPE', ...(process.stdout.isTTY ? ['EIO'] : [])]);

/**
 * Resolves at SIGINT, SIGTERM or SIGHUP, when nobody reads the output any more, or when nothing is left to observe. A later signal ends
 * the process at once; one that comes with the first is the same wish: a terminal sends Ctrl-C to the program and to those that
 * started it, which pass it on.
 *
 * @param pointless aborted when nobody reads, which writing tells only where there is something to write, or nothing is left
 * @throws OutputError when the output cannot be written
 */
export function stopRequest(pointless: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    pointless.addEventListener('abort', () => resolve());
    let askedMs: number | undefined;
    for (const signal of signals)
      process.on(signal, () => {
        askedMs ??= performance.now();
        if (performance.now() - askedMs > sameWishMs) process.exit(128 + constants.signals[signal]);
        resolve();
      });
    process.stdout.on('error', (error: NodeJS.ErrnoException) =>
      readerIsGone.has(error.code ?? '')
        ? resolve()
        : reject(new OutputError(`the output cannot be written: ${error.message}`)),
    );
  });
}
