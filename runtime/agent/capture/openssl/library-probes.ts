import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { NativeCapture } from '../addon.ts';
import type { CaptureLog } from '../capture-log.ts';
import { withFileSource } from '../elf/byte-source.ts';
import { parseElf } from '../elf/elf-file.ts';
import { executableFiles, type MappedFile, mappedFilePath } from '../process/memory-maps.ts';
import { readProcess } from '../process/processes.ts';
import { contentsOf, isSettled, settleMs, watchContents } from './file-contents.ts';
import { type CallEnds, findProbePoints, type ProbePoint } from './probe-points.ts';
import type { ReadResult } from './read-result.ts';

interface Library {
  readonly links: readonly number[];
  /** Processes that map it, some of which may have ended, and the file as they do. */
  readonly users: Map<number, string>;
  readonly contents: string | undefined;
  readonly endWatch: () => void;
  /** The last pass over all targets that found it mapped. */
  pass: number;
}

interface Inspection {
  /** Identity of the file's contents: one shared image layer shows up under another device in each container. */
  readonly key: string;
  readonly contents: string | undefined;
  readonly points: readonly ProbePoint[];
}

const maxInspections = 8192;
/** How long a pass over the targets may keep other work waiting: a process takes some 0.1 ms, a new file up to 50 ms. */
const sliceMs = 5;
/** Files that cannot be read are worth a warning only when their name says that they matter. */
const libraryName = /^lib(ssl|gnutls|wolfssl|mbedtls)[^/]*\.so/;

/**
 * Probes on TLS libraries: one set per file, however many processes map it, removed when the last target that maps
 * it has gone. Every file that is mapped as code is looked at once, whatever its name: what it defines decides, so
 * programs and plugins that contain a library (Node.js) are found as well.
 *
 * The kernel places a probe at an offset of a file, in every process that maps it from then on, whatever the file contains by then.
 * A probe left in a file that is overwritten with another build would break the programs that use it: probes are removed when the
 * file is written to, and what was known of it is forgotten.
 */
export class LibraryProbes {
  readonly #native: Pick<NativeCapture, 'attachUprobes' | 'hasSessions' | 'detach'>;
  readonly #log: CaptureLog;
  readonly #ends: CallEnds;
  readonly #libraries = new Map<string, Library>();
  readonly #inspections = new Map<string, Inspection | undefined>();
  /** Files, by cache key, that were overwritten: read again once nobody writes to them. */
  readonly #overwritten = new Set<string>();
  /** Processes that map one of these. */
  readonly #unsettled = new Set<number>();
  /** Libraries that the kernel refused to probe. */
  readonly #failed = new Set<string>();
  #failures = 0;
  #pass = 0;
  #closed = false;

  /** @param returnProbes false: no return address of any process may be touched (bpf/addon/return-probe-check.cc) */
  constructor(
    native: Pick<NativeCapture, 'attachUprobes' | 'hasSessions' | 'detach'>,
    log: CaptureLog,
    returnProbes: boolean,
  ) {
    this.#native = native;
    this.#log = log;
    this.#ends = !returnProbes ? 'code' : native.hasSessions() ? 'sessions' : 'return-probes';
  }

  get count(): number {
    return this.#libraries.size;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Probes what this process maps. @returns whether it maps a TLS library. */
  scan(pid: number): boolean {
    const maps = this.#closed ? undefined : readProcess(pid, 'maps');
    if (maps === undefined) return false;
    let found = false;
    for (const file of executableFiles(maps)) {
      const inspection = this.#inspect(pid, file);
      if (inspection === undefined) continue;
      found = true;
      this.#use(inspection, pid, file);
    }
    return found;
  }

  /** Is this file probed? Of files that were not looked at yet, false. */
  probes(file: MappedFile): boolean {
    const inspection = this.#inspections.get(cacheKey(file));
    return inspection !== undefined && this.#libraries.has(inspection.key);
  }

  /** Probes what these processes map, and removes probes that none of them needs. Lets other work run in between. */
  async reconcile(pids: ReadonlySet<number>): Promise<void> {
    const pass = ++this.#pass;
    let sliceEnd = performance.now() + sliceMs;
    for (const pid of pids) {
      if (performance.now() > sliceEnd) {
        await setImmediate();
        sliceEnd = performance.now() + sliceMs;
      }
      this.scan(pid);
    }
    if (this.#closed) return;
    for (const [key, library] of this.#libraries) {
      if (library.pass >= pass) {
        for (const pid of library.users.keys()) if (!pids.has(pid)) library.users.delete(pid);
        continue;
      }
      this.#remove(key, library);
      this.#log.info({ library: key }, 'no target uses this TLS library any more; probes removed');
    }
  }

  /** Nothing is probed any more; the links end with the capture. */
  close(): void {
    this.#closed = true;
    for (const { endWatch } of this.#libraries.values()) endWatch();
  }

  #remove(key: string, library: Library): void {
    this.#libraries.delete(key);
    library.endWatch();
    for (const link of library.links) this.#native.detach(link);
  }

  /** The file may have been written to. When nobody maps it any more its probes go too, as its contents cannot be seen. */
  #mayHaveChanged(key: string): void {
    const library = this.#libraries.get(key);
    if (this.#closed || library === undefined) return;
    for (const path of library.users.values()) {
      const contents = contentsOf(path);
      if (contents === undefined) continue;
      if (contents === library.contents) return;
      break;
    }
    this.#forget(key);
  }

  /** Files with these contents are not what they were: those that map them are looked at again. */
  #forget(key: string): void {
    const library = this.#libraries.get(key);
    if (library !== undefined) {
      this.#remove(key, library);
      this.#log.info({ library: key }, 'this TLS library was overwritten, or may have been; probes removed');
      setImmediate().then(() => {
        for (const pid of library.users.keys()) this.scan(pid);
      });
    }
    for (const [file, inspection] of this.#inspections) {
      if (inspection?.key !== key) continue;
      this.#inspections.delete(file);
      this.#overwritten.add(file);
    }
    if (this.#overwritten.size > maxInspections) this.#overwritten.clear();
  }

  /** Undefined when the file has no TLS functions that can be probed, or cannot be read. */
  #inspect(pid: number, file: MappedFile): Inspection | undefined {
    const key = cacheKey(file);
    const path = mappedFilePath(pid, file);
    const known = this.#inspections.get(key);
    if (known !== undefined) {
      const contents = contentsOf(path);
      // A mapping that is gone tells nothing.
      if (contents === undefined || contents === known.contents) return known;
      this.#forget(known.key);
    }
    if (this.#inspections.has(key)) return this.#inspections.get(key);
    if (this.#overwritten.has(key) && !isSettled(path)) {
      this.#scanOnceSettled(pid);
      return undefined;
    }
    this.#overwritten.delete(key);
    const contents = contentsOf(path);
    let inspection: Inspection | undefined;
    try {
      inspection = withFileSource(path, (source, identity) => {
        const elf = parseElf(source);
        const points = findProbePoints(elf, this.#ends);
        if (points.length === 0) {
          if (this.#ends === 'code' && findProbePoints(elf, 'return-probes').length > 0) {
            this.#fail(pid, file, 'this TLS library can only be probed with return probes, which are off');
          }
          return undefined;
        }
        const build = elf.buildId ?? `device-${identity.device}`;
        return { key: `${build}:${identity.inode}:${identity.size}`, contents, points };
      });
    } catch (error) {
      // A process that ended leaves nothing to remember; anything else would fail again.
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      if (libraryName.test(basename(file.path))) this.#fail(pid, file, 'cannot read a TLS library', error);
    }
    if (this.#inspections.size >= maxInspections) this.#inspections.clear();
    this.#inspections.set(key, inspection);
    return inspection;
  }

  #scanOnceSettled(pid: number): void {
    if (this.#unsettled.has(pid)) return;
    this.#unsettled.add(pid);
    const scan = () => {
      this.#unsettled.delete(pid);
      this.scan(pid);
    };
    setTimeout(scan, settleMs).unref();
  }

  #fail(pid: number, file: MappedFile, what: string, err?: unknown): void {
    this.#failures++;
    this.#log.warn(
      { pid, path: file.path, ...(err !== undefined && { err }) },
      `${what}; its traffic stays unseen`,
    );
  }

  /** @param links gets the ids of what is attached, also when it fails halfway */
  #attach(path: string, points: readonly ProbePoint[], links: number[]): void {
    const place = (program: string, chosen: readonly ProbePoint[], atReturn: boolean) => {
      const offsets = chosen.map(point => point.fileOffset);
      if (offsets.length > 0)
        links.push(this.#native.attachUprobes(program, path, offsets, chosen.map(cookieOf), atReturn));
    };
    const results = points.flatMap(point => point.result ?? []);
    for (const one of results) {
      const cookie = registersOf(one);
      links.push(
        this.#native.attachUprobes(
          'tls_result',
          path,
          [one.branch, one.secondResult],
          [cookie, cookie],
          false,
        ),
      );
    }
    const calls = points.filter(point => point.operation !== 'end' && point.result === undefined);
    const [returning, exiting] = [
      calls.filter(point => point.exits === undefined),
      calls.filter(point => point.exits !== undefined),
    ];
    const sessions = this.#native.hasSessions();
    const moving = returning.filter(point => point.operation !== 'handshake');
    // The exit first: an entry without its exit would leave the thread marked as being inside a call.
    if (sessions) place('tls_session', returning, false);
    else place('tls_exit', moving, true);
    // Two calls may go on at one place.
    const exits = [...new Set(exiting.flatMap(point => point.exits ?? []))];
    if (exits.length > 0)
      links.push(
        this.#native.attachUprobes(
          'tls_exit',
          path,
          exits,
          exits.map(() => 0),
          false,
        ),
      );
    place('tls_enter', sessions ? exiting : calls, false);
    place(
      'tls_end',
      points.filter(point => point.operation === 'end'),
      false,
    );
  }

  #use(inspection: Inspection, pid: number, file: MappedFile): void {
    const known = this.#libraries.get(inspection.key);
    const path = mappedFilePath(pid, file);
    if (known) {
      known.pass = this.#pass;
      known.users.set(pid, path);
      return;
    }
    const links: number[] = [];
    try {
      this.#attach(path, inspection.points, links);
    } catch (error) {
      for (const link of links) this.#native.detach(link);
      // It is tried again with every scan: said once.
      if (readProcess(pid, 'stat') === undefined || this.#failed.has(inspection.key)) return;
      if (this.#failed.size >= maxInspections) this.#failed.clear();
      this.#failed.add(inspection.key);
      this.#fail(pid, file, 'cannot probe a TLS library', error);
      return;
    }
    const { key, contents } = inspection;
    const endWatch = watchContents(path, () => this.#mayHaveChanged(key));
    this.#libraries.set(key, { links, users: new Map([[pid, path]]), contents, endWatch, pass: this.#pass });
    const now = contentsOf(path);
    // Written to while it was being read.
    if (now !== undefined && now !== contents) this.#forget(key);
    const slow = inspection.points.filter(point => !point.emulated).map(point => point.functionName);
    this.#log.info(
      {
        pid,
        path: file.path,
        functions: inspection.points.map(point => point.functionName),
        singleStepped: slow,
      },
      'TLS library probed',
    );
  }
}

function cacheKey(file: MappedFile): string {
  return `${file.device} ${file.inode} ${file.path}`;
}

/** What tls_result learns of its place: COOKIE_BUFFER_SHIFT and what follows in bpf/include/tls-hooks.h. */
function registersOf({ session, buffer, lengthPointer, peek }: ReadResult): number {
  return session | (buffer << 4) | (lengthPointer << 8) | ((peek ?? 0) << 12);
}

/** What the programs learn of a point: COOKIE_OPERATION_SHIFT in bpf/include/tls-hooks.h. */
function cookieOf({ operation, lengthSource }: ProbePoint): number {
  return { end: 0, read: 1, write: 2, handshake: 3 }[operation] * 256 + lengthSource;
}
