import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Thrown when Debian packages are missing and cannot be installed from here. */
export class MissingPackagesError extends Error {}

function installed(name: string): boolean {
  const query = spawnSync('dpkg-query', ['--status', name], { encoding: 'utf8' });
  return query.status === 0 && /^Status: install ok installed$/m.test(query.stdout);
}

function aptGet(args: readonly string[]): void {
  const run = spawnSync('apt-get', [...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (run.status !== 0)
    throw new MissingPackagesError(`apt-get ${args.join(' ')} failed with status ${run.status}`);
}

/**
 * Installs the Debian packages that are missing; root on a Debian system is needed for that, anyone else gets
 * a MissingPackagesError that holds the command to run.
 */
export function ensurePackages(names: readonly string[]): void {
  const wanted = [...new Set(names)];
  if (!existsSync('/usr/bin/dpkg-query')) return; // Not Debian: the tests say themselves what they miss.
  const missing = wanted.filter(name => !installed(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new MissingPackagesError(`Missing packages. Run: sudo apt-get install ${missing.join(' ')}`);
  }
  console.error(`Installing Debian packages: ${missing.join(' ')}`);
  aptGet(['update', '-qq']);
  aptGet(['install', '-y', '-qq', '--no-install-recommends', ...missing]);
}
