import { commBytes } from './capture/process/processes.ts';

/** What is wrong with `name` as a process name (comm) to look for, or undefined. */
export function processNameMistake(name: string): string | undefined {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= commBytes) return undefined;
  return `a process name of 1 to ${commBytes} bytes, as in /proc/PID/comm: the kernel cuts longer ones`;
}
