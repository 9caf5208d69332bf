import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** @default 120000 */
  readonly timeoutMs?: number;
  /**
   * Between the first two looks; then longer and longer, up to half a second: looking costs a busy machine time.
   * @default 100
   */
  readonly intervalMs?: number;
}

/** Thrown by a probe when more waiting is in vain. */
export class NeverError extends Error {
  override readonly name = 'NeverError';
}

const growth = 1.3;
const longestPauseMs = 500;

/**
 * Looks again and again until `probe` returns something else than undefined or false.
 *
 * @param what completes the sentence "timed out waiting until …"
 * @throws Error when time is up, with the probe's last error as its cause; the probe's NeverError at once
 */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  { timeoutMs = 120_000, intervalMs = 100 }: WaitOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let pauseMs = intervalMs;
  for (;;) {
    let cause: unknown;
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      if (error instanceof NeverError) throw error;
      cause = error;
    }
    if (Date.now() > deadline) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`timed out after ${timeoutMs} ms waiting until ${what}${why}`, { cause });
    }
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * growth, Math.max(intervalMs, longestPauseMs));
  }
}
