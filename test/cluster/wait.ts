import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** @default 120000 */
  readonly timeoutMs?: number;
  /** Between two looks. @default 100 */
  readonly intervalMs?: number;
}

/**
 * Looks again and again until `probe` returns something else than undefined or false.
 *
 * @param what completes the sentence "timed out waiting until …"
 * @throws Error when time is up, with the probe's last error as its cause
 */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  { timeoutMs = 120_000, intervalMs = 100 }: WaitOptions = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`timed out after ${timeoutMs} ms waiting until ${what}${why}`, { cause });
    }
    await sleep(intervalMs);
  }
}
