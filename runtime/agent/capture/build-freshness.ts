import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * In a checkout: have the sources in bpf/ changed since dist/bpf was built of them? False where there are no sources. Takes some
 * milliseconds.
 */
export function isStale(buildOutput: string): boolean {
  try {
    const built = readFileSync(join(buildOutput, 'sources.sha256'), 'utf8');
    const path = join(buildOutput, '..', '..', 'bpf', 'fingerprint.mjs');
    const { fingerprint } = createRequire(import.meta.url)(path) as { fingerprint: () => string };
    return built !== fingerprint();
  } catch {
    return false;
  }
}
