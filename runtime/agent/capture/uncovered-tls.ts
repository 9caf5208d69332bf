import { basename } from 'node:path';
import type { CaptureLog } from './capture-log.ts';
import { executableFiles } from './process/memory-maps.ts';
import { readProcess } from './process/processes.ts';

/** A process that serves TLS connections through a library that no probe covers. */
export interface UncoveredProcess {
  readonly pid: number;
  readonly comm: string;
  /** File name of what speaks TLS there, as far as its mapped files tell. */
  readonly library: string;
}

const maxRemembered = 256;

/** Shared libraries that speak TLS; the first that is mapped names the process's. */
const tlsLibraries: readonly RegExp[] = [
  /^libssl[^/]*\.so/,
  /^libgnutls/,
  /^libssl3\.so|^libnss3\.so/,
  /^libwolfssl/,
  /^libmbedtls/,
  /^libs2n/,
  /^libboringssl|^libaws_lc/,
  /^libjvm\.so/,
];

/** Remembers processes whose TLS stays unseen, one per name and library; says each once in the log. */
export class UncoveredTls {
  readonly #log: CaptureLog;
  readonly #processes = new Map<string, UncoveredProcess>();

  constructor(log: CaptureLog) {
    this.#log = log;
  }

  get processes(): UncoveredProcess[] {
    return [...this.#processes.values()];
  }

  note(pid: number): void {
    const comm = readProcess(pid, 'comm')?.trimEnd();
    const maps = readProcess(pid, 'maps');
    // It has ended: nothing can be said about it.
    if (comm === undefined || maps === undefined) return;
    const library = tlsLibraryOf(maps);
    const key = `${comm}\0${library}`;
    if (this.#processes.has(key) || this.#processes.size >= maxRemembered) return;
    const found = { pid, comm, library };
    this.#processes.set(key, found);
    this.#log.warn(found, 'no probe covers the TLS connections of this process; their content stays unseen');
  }
}

/** @param maps the text of /proc/PID/maps */
export function tlsLibraryOf(maps: string): string {
  const files = executableFiles(maps).map(file => basename(file.path));
  for (const known of tlsLibraries) {
    const found = files.find(file => known.test(file));
    if (found !== undefined) return found;
  }
  return files[0] === undefined ? 'unknown' : `${files[0]} (built in)`;
}
