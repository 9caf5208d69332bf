import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { CannotRunError } from './cannot-run-error.ts';

const policyFile = '/usr/sbin/policy-rc.d';

export type InstallOptions = {
  /** False: only say what is missing. */
  readonly allowed: boolean;
  readonly say: (line: string) => void;
};

/**
 * Installs Debian packages; a service among them (nginx) is not started.
 * @throws CannotRunError with what to install when that is not allowed, not possible, or fails
 */
export function installPackages(names: readonly string[], { allowed, say }: InstallOptions): void {
  const command = `apt-get install ${names.join(' ')}`;
  if (!existsSync('/usr/bin/apt-get')) {
    throw new CannotRunError(`Missing software. On Debian the packages are: ${names.join(' ')}`);
  }
  if (!allowed || process.getuid?.() !== 0) {
    throw new CannotRunError(`Missing software. Install it as root: ${command}`);
  }
  say(`Installing Debian packages: ${names.join(' ')}`);
  const ownPolicy = !existsSync(policyFile);
  // invoke-rc.d(8): exit code 101 of this script forbids starting services.
  if (ownPolicy) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    aptGet('update', '-qq');
    aptGet('install', '-y', '-qq', '--no-install-recommends', ...names);
  } finally {
    if (ownPolicy) rmSync(policyFile, { force: true });
  }
}

function aptGet(...args: string[]): void {
  // Its output goes to standard error: standard output belongs to the result.
  const run = spawnSync('apt-get', args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (run.status !== 0) {
    throw new CannotRunError(
      `apt-get ${args.join(' ')} failed with status ${run.status ?? run.error?.message}`,
    );
  }
}
