import { readFileSync, readlinkSync } from 'node:fs';
import type { CaptureAddon } from './addon.ts';
import { CaptureUnavailableError } from './capture-unavailable-error.ts';

/** How bytes on sockets are noticed: A by the socket tracepoints, B by the end of every system call. */
export type Rung = 'A' | 'B';

/** The tracepoints that the programs attach to: those of every rung, and of each. */
export const requiredTracepoints = {
  always: [
    'inet_sock_set_state',
    'tcp_destroy_sock',
    'sched_process_exec',
    'sched_process_fork',
    'sched_process_exit',
  ],
  /** From about Linux 6.3. */
  A: ['sock_recv_length', 'sock_send_length'],
  B: ['sys_exit'],
} as const;

/** capabilities(7): bit numbers. CAP_SYS_ADMIN includes the other two; SYS_PTRACE opens other processes' files. */
const capabilityBits = { CAP_SYS_ADMIN: 21, CAP_SYS_PTRACE: 19, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

/** Names of the capabilities that are needed and that the status text of a process (proc(5)) lacks. */
export function missingCapabilities(status: string): string[] {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (hex === undefined) return ['capabilities, or /proc/self/status does not say which it has'];
  const effective = BigInt(`0x${hex}`);
  const has = (name: keyof typeof capabilityBits) => (effective >> BigInt(capabilityBits[name])) & 1n;
  const missing: string[] = [];
  if (!has('CAP_SYS_ADMIN')) {
    if (!has('CAP_BPF')) missing.push('CAP_BPF');
    if (!has('CAP_PERFMON')) missing.push('CAP_PERFMON');
  }
  if (!has('CAP_SYS_PTRACE')) missing.push('CAP_SYS_PTRACE');
  return missing;
}

/** PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h: the namespace in which the programs see process numbers. */
const initialPidNamespace = 'pid:[4026531836]';

/** What to do about it. */
export const hostProcessesRemedy =
  "Run it in the host's PID namespace: hostPID: true in Kubernetes, --pid=host with Docker.";

/**
 * Whether process numbers mean here what they mean to the programs. In a namespace of its own a process that was chosen by its number
 * would be another one, and libraries would be looked for in the wrong processes.
 */
export function seesHostProcesses(namespacePath = '/proc/self/ns/pid'): boolean {
  try {
    return readlinkSync(namespacePath) === initialPidNamespace;
  } catch {
    // A kernel without such namespaces.
    return true;
  }
}

/** Programs, maps, links and probes take some 60 descriptors, each TLS library up to 12 more, connections of the agent the rest. */
const fewestOpenFiles = 256;

/**
 * With fewer descriptors than the capture needs, what fails, and how, is a matter of chance.
 * @throws CaptureUnavailableError
 */
export function checkOpenFiles(limitsPath = '/proc/self/limits'): void {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync(limitsPath, 'utf8'))?.[1];
  if (limit === undefined || Number(limit) >= fewestOpenFiles) return;
  throw new CaptureUnavailableError(
    [`this process may open ${limit} files at most`],
    `Raise its limit to ${fewestOpenFiles} or more (ulimit -n, LimitNOFILE= of systemd).`,
  );
}

/**
 * Finds out by probing what this kernel can do.
 * @param wanted `auto`: A where the kernel has its tracepoints, else B
 * @throws CaptureUnavailableError naming everything that is missing.
 */
export function chooseRung(
  addon: Pick<CaptureAddon, 'missingTracepoints'>,
  wanted: Rung | 'auto' = 'auto',
  statusPath = '/proc/self/status',
): Rung {
  const capabilities = missingCapabilities(readFileSync(statusPath, 'utf8'));
  if (capabilities.length > 0) {
    throw new CaptureUnavailableError(
      [`this process lacks ${capabilities.join(', ')}`],
      'Run the agent as root, or in Kubernetes as a privileged container with hostPID.',
    );
  }
  const { always, A, B } = requiredTracepoints;
  const missing = addon.missingTracepoints([...always, ...A, ...B]);
  if (missing === null) {
    throw new CaptureUnavailableError(
      ['the kernel has no BTF type information (/sys/kernel/btf/vmlinux)'],
      'Use a kernel built with CONFIG_DEBUG_INFO_BTF=y; those of all current distributions are.',
    );
  }
  const lacks = (names: readonly string[]) => names.filter(name => missing.includes(name));
  const rung = wanted === 'auto' ? (lacks(A).length === 0 ? 'A' : 'B') : wanted;
  const absent = [...lacks(always), ...lacks(requiredTracepoints[rung])];
  if (absent.length > 0) {
    throw new CaptureUnavailableError(
      absent.map(name => `the kernel has no tracepoint ${name}`),
      wanted === 'A'
        ? 'Use Linux 6.3 or newer, or the rung auto (observe --rung auto, capture.rung: auto).'
        : 'Use a kernel with CONFIG_FTRACE_SYSCALLS=y; those of all current distributions are.',
    );
  }
  return rung;
}
