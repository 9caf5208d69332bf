import type { CaptureLog } from './capture-log.ts';
import { executableFiles, type MappedFile } from './process/memory-maps.ts';
import { readProcess, threadWithMemory } from './process/processes.ts';
import { tlsImplementation } from './tls-implementation.ts';

/** A process that serves TLS connections through a library that no probe covers. */
export interface UncoveredProcess {
  readonly pid: number;
  readonly comm: string;
  /** What speaks TLS there, as far as its files tell: `libgnutls.so.30`, `server (Go)`, `cygrpc.so (BoringSSL)`, … */
  readonly library: string;
}

interface Identity {
  readonly comm: string;
  /** A thread that has the memory. */
  readonly tid: number;
  readonly files: readonly MappedFile[];
  readonly takenAtMs: number;
}

const maxRemembered = 256;
const maxIdentities = 512;
const maxExamined = 4096;
/** The files of a process are listed at most this often. */
const identityIntervalMs = 1000;

/** Remembers processes whose TLS stays unseen, one per name and library; says each once in the log. */
export class UncoveredTls {
  readonly #log: CaptureLog;
  readonly #isProbed: (file: MappedFile) => boolean;
  readonly #processes = new Map<string, UncoveredProcess>();
  readonly #identities = new Map<number, Identity>();
  /** Name and files of processes that were looked into. */
  readonly #examined = new Set<string>();
  #queue = Promise.resolve();

  constructor(log: CaptureLog, isProbed: (file: MappedFile) => boolean) {
    this.#log = log;
    this.#isProbed = isProbed;
  }

  get processes(): UncoveredProcess[] {
    return [...this.#processes.values()];
  }

  /** Keeps who a process is, for the time when it may be gone. */
  suspect(pid: number): void {
    const known = this.#identities.get(pid);
    if (known === undefined || Date.now() - known.takenAtMs >= identityIntervalMs)
      this.#identify(pid, Date.now());
  }

  /** The same before it is known whether it speaks TLS, and perhaps before it has loaded its libraries: it is looked at again when it does. */
  foresee(pid: number): void {
    this.#identify(pid, 0);
  }

  #identify(pid: number, takenAtMs: number): void {
    const comm = readProcess(pid, 'comm')?.trimEnd();
    const thread = threadWithMemory(pid);
    // It has ended, or is ending and has let go of its memory.
    if (comm === undefined || thread === undefined) return;
    this.#identities.delete(pid);
    const [oldest] = this.#identities.keys();
    if (oldest !== undefined && this.#identities.size >= maxIdentities) this.#identities.delete(oldest);
    // Cloned, or each text would hold all of the process's maps.
    const files = structuredClone(executableFiles(thread.maps));
    this.#identities.set(pid, { comm, tid: thread.tid, files, takenAtMs });
  }

  /** No probe covers the TLS of this process: finds out what speaks it there, and says so. */
  note(pid: number): void {
    this.suspect(pid);
    const identity = this.#identities.get(pid);
    if (identity === undefined || this.#processes.size >= maxRemembered) return;
    const { comm, tid, files } = identity;
    const key = `${comm}\0${files.map(file => `${file.device}:${file.inode}`).join(' ')}`;
    if (this.#examined.has(key)) return;
    if (this.#examined.size >= maxExamined) this.#examined.clear();
    this.#examined.add(key);
    // One after the other: files are read for this.
    this.#queue = this.#queue.then(async () => {
      this.#remember({ pid, comm, library: await tlsImplementation(tid, files, this.#isProbed) });
    });
  }

  #remember(found: UncoveredProcess): void {
    const key = `${found.comm}\0${found.library}`;
    if (this.#processes.has(key)) return;
    this.#processes.set(key, found);
    const { pid: process, ...rest } = found;
    this.#log.warn(
      { process, ...rest },
      'no probe covers some or all TLS connections of this process; their content stays unseen',
    );
  }
}
