import type { CaptureLog } from './capture-log.ts';
import { executableFiles, type MappedFile } from './process/memory-maps.ts';
import { readProcess } from './process/processes.ts';
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
  readonly files: readonly MappedFile[];
  readonly takenAtMs: number;
}

const maxRemembered = 256;
const maxIdentities = 4096;
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
    if (known && Date.now() - known.takenAtMs < identityIntervalMs) return;
    const comm = readProcess(pid, 'comm')?.trimEnd();
    const maps = readProcess(pid, 'maps');
    // It has ended, or is ending and has let go of its memory.
    if (comm === undefined || !maps) return;
    if (this.#identities.size >= maxIdentities) this.#identities.clear();
    this.#identities.set(pid, { comm, files: executableFiles(maps), takenAtMs: Date.now() });
  }

  /** No probe covers the TLS of this process: finds out what speaks it there, and says so. */
  note(pid: number): void {
    this.suspect(pid);
    const identity = this.#identities.get(pid);
    if (identity === undefined || this.#processes.size >= maxRemembered) return;
    const { comm, files } = identity;
    const key = `${comm}\0${files.map(file => `${file.device}:${file.inode}`).join(' ')}`;
    if (this.#examined.has(key)) return;
    if (this.#examined.size >= maxIdentities) this.#examined.clear();
    this.#examined.add(key);
    // One after the other: files are read for this.
    this.#queue = this.#queue.then(async () => {
      this.#remember({ pid, comm, library: await tlsImplementation(pid, files, this.#isProbed) });
    });
  }

  #remember(found: UncoveredProcess): void {
    const key = `${found.comm}\0${found.library}`;
    if (this.#processes.has(key)) return;
    this.#processes.set(key, found);
    this.#log.warn(found, 'no probe covers the TLS connections of this process; their content stays unseen');
  }
}
