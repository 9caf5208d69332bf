import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CaptureUnavailableError } from './capture-unavailable-error.ts';

/** What dist/bpf/capture.node (bpf/addon/) exports. Every method but close() throws when the capture is closed. */
export interface CaptureAddon {
  readonly Capture: new (options: NativeOptions, onBatch: (batch: Buffer) => void) => NativeCapture;
  /** Of the named tracepoints, those that this kernel does not have; null when it has no BTF. */
  missingTracepoints(names: readonly string[]): string[] | null;
  /** Tries return probes in children of its own, under seccomp filters; takes some 0.2 s. */
  checkReturnProbes(): { safe: boolean; detail: string };
  /** False: nobody will read what is written to this pipe, socket or terminal. Node.js only learns it by writing. */
  hasReader(descriptor: number): boolean;
  /** What to add to a CLOCK_MONOTONIC time to get nanoseconds since the Unix epoch. */
  realtimeOffsetNs(): bigint;
}

export interface NativeOptions {
  readonly objectPath: string;
  readonly rung: 'A' | 'B';
  readonly rings: number;
  readonly ringBytes: number;
  readonly verifierReport: boolean;
  /** `single`: a link per probe, as before Linux 6.6. */
  readonly uprobeLinks: 'auto' | 'single';
}

export interface NativeCapture {
  /** False when `onlyNew` and the key exists. */
  mapUpdate(name: string, key: Uint8Array, value: Uint8Array, onlyNew: boolean): boolean;
  mapDelete(name: string, key: Uint8Array): boolean;
  mapKeys(name: string): Buffer[];
  counters(): BigUint64Array;
  batcherCounters(): { batches: number; stalledNs: number; malformedRecords: number };
  /** One id for all of them; with `tls_session`, entry and return. @param atReturn of the functions that begin there */
  attachUprobes(
    program: string,
    path: string,
    fileOffsets: readonly number[],
    cookies: readonly number[],
    atReturn: boolean,
  ): number;
  /** Whether the kernel has session links (Linux 6.13), and they are wanted. */
  hasSessions(): boolean;
  detach(link: number): boolean;
  verifierReport(): Record<string, string>;
  close(): void;
}

/** dist/bpf of the package, from wherever below it this module runs. */
export function findBuildOutput(start = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = start; ; folder = dirname(folder)) {
    for (const candidate of [join(folder, 'dist', 'bpf'), join(folder, 'bpf')]) {
      if (existsSync(join(candidate, 'capture.node'))) return candidate;
    }
    if (folder === dirname(folder)) break;
  }
  throw new CaptureUnavailableError(
    ['dist/bpf/capture.node has not been built'],
    'Run "npm run build:bpf"; it says which packages it needs.',
  );
}

/** @throws CaptureUnavailableError when the file is absent or does not fit this Node. */
export function loadAddon(path: string): CaptureAddon {
  try {
    return createRequire(import.meta.url)(path) as CaptureAddon;
  } catch (error) {
    throw new CaptureUnavailableError(
      [`${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`],
      'Run "npm run build:bpf -- --force" on this machine.',
      { cause: error },
    );
  }
}
