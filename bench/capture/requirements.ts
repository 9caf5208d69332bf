import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findBuildOutput, loadAddon } from '../../runtime/agent/capture/addon.ts';
import { CaptureUnavailableError } from '../../runtime/agent/capture/capture-unavailable-error.ts';
import {
  chooseRung,
  hostProcessesRemedy,
  seesHostProcesses,
} from '../../runtime/agent/capture/requirements.ts';

/** Commands that the benchmark runs, and Debian's packages of them. */
const commands = {
  chrt: 'util-linux',
  clang: 'clang',
  gcc: 'gcc',
  h2load: 'nghttp2-client',
  mount: 'mount',
  nginx: 'nginx-light',
  openssl: 'openssl',
  taskset: 'util-linux',
  unshare: 'util-linux',
  wrk: 'wrk',
} as const;

/** What this machine lacks, and what to do about it; undefined where it lacks nothing. */
export function lackingRequirement(): string | undefined {
  try {
    chooseRung(loadAddon(join(findBuildOutput(), 'capture.node')), 'A');
    if (!seesHostProcesses())
      throw new CaptureUnavailableError(['this is a PID namespace of its own'], hostProcessesRemedy);
  } catch (error) {
    if (error instanceof CaptureUnavailableError) return error.message;
    throw error;
  }
  const missing = Object.entries(commands).filter(([command]) => !isInstalled(command));
  if (missing.length === 0) return undefined;
  const names = missing.map(([command]) => command).join(', ');
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  return `Not installed: ${names}. On Debian: apt-get install ${packages}`;
}

function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' }).status === 0;
}
