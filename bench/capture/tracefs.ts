// Programs on tracepoints by name (peers.bpf.c) attach through tracefs, which the product does without: where it is not
// mounted the benchmark runs itself again with a mount of its own, in a mount namespace that ends with it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';

/** Where libbpf looks (tracefs_path in its libbpf.c), and what a kernel with CONFIG_FTRACE_SYSCALLS has there. */
const mountPoint = '/sys/kernel/tracing';
const tracepoint = 'events/syscalls/sys_enter_read';
const places = ['/sys/kernel/debug/tracing', mountPoint];

export function tracefsMounted(): boolean {
  return places.some(place => existsSync(`${place}/${tracepoint}`));
}

/**
 * Runs a command with tracefs mounted, which nobody else on the machine sees.
 * @param command name or path, and arguments
 * @returns its exit code, 128 + the signal's number if one ended it; not 0 where tracefs cannot be mounted, which has been said
 */
export async function runWithTracefs(command: readonly string[]): Promise<number> {
  const script =
    `mount -t tracefs tracefs ${mountPoint} && test -d ${mountPoint}/${tracepoint} && exec "$@"; ` +
    `echo "tracefs is not mounted, and mounting it at ${mountPoint} did not bring ${tracepoint}" >&2; exit 2`;
  const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', ...command], { stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, passOn);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 2)));
    });
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}
