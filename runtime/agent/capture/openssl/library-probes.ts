import { closeSync, openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { NativeCapture } from '../addon.ts';
import type { CaptureLog } from '../capture-log.ts';
import { executableFiles, type MappedFile, mappedFilePath } from '../process/memory-maps.ts';
import { mountOf } from '../process/mounts.ts';
import { readProcess, threadWithMemory } from '../process/processes.ts';
import { Turns } from '../turns.ts';
import { attachPoints } from './attach-points.ts';
import { contentsOf, settleMs, watchContents } from './file-contents.ts';
import { type LibraryFile, LibraryFiles } from './library-files.ts';
import { LibraryKeepers } from './library-keepers.ts';
import { ProcessEnds } from './process-ends.ts';

interface Library {
  readonly links: readonly number[];
  /** Processes that map it, some of which may have ended, and the file as they do. */
  readonly users: Map<number, string>;
  readonly contents: string | undefined;
  readonly endWatch: () => void;
  /** The mount it was opened on. */
  readonly mount: number | undefined;
  /** The last pass over all targets that found it mapped. */
  pass: number;
}

type ProbeKernel = Pick<
  NativeCapture,
  'attachUprobes' | 'hasSessions' | 'detach' | 'mapUpdate' | 'mapDelete'
>;

const maxKeys = 8192;
/** How long a pass over the targets may keep other work waiting: a process takes some 0.1 ms, a new file up to 50 ms. */
const sliceMs = 5;

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
  readonly #native: ProbeKernel;
  readonly #log: CaptureLog;
  readonly #beforeWork: (pid: number) => void;
  readonly #libraries = new Map<string, Library>();
  readonly #files: LibraryFiles;
  /** Processes that map a file that is being overwritten. */
  readonly #unsettled = new Set<number>();
  readonly #ends: ProcessEnds;
  readonly #keepers: LibraryKeepers;
  /** Libraries that the kernel refused to probe. */
  readonly #failed = new Set<string>();
  #failures = 0;
  #pass = 0;
  #closed = false;

  /**
   * @param returnProbes false: no return address of any process may be touched (bpf/addon/return-probe-check.cc)
   * @param beforeWork called when something of a process is to be looked at, or probed, that was not before: it may be over afterwards
   */
  constructor(
    native: ProbeKernel,
    log: CaptureLog,
    returnProbes: boolean,
    beforeWork: (pid: number) => void,
  ) {
    this.#native = native;
    this.#log = log;
    this.#beforeWork = beforeWork;
    this.#ends = new ProcessEnds(native);
    this.#keepers = new LibraryKeepers(this.#ends);
    const callEnds = !returnProbes ? 'code' : native.hasSessions() ? 'sessions' : 'return-probes';
    this.#files = new LibraryFiles(
      callEnds,
      key => this.#forget(key),
      (...what) => this.#fail(...what),
    );
  }

  get count(): number {
    return this.#libraries.size;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Probes what this process maps. @returns whether it maps a TLS library. */
  scan(pid: number): boolean {
    const thread = this.#closed ? undefined : threadWithMemory(pid);
    if (thread === undefined) return false;
    const files = executableFiles(thread.maps);
    if (files.some(file => this.#files.isNew(file))) this.#beforeWork(pid);
    let found = false;
    for (const file of files) {
      const inspected = this.#files.inspect(thread.tid, file);
      if (inspected === 'unsettled') this.#scanOnceSettled(pid);
      if (inspected === 'unsettled' || inspected === undefined) continue;
      found = true;
      this.#use(inspected, pid, file, mappedFilePath(thread.tid, file));
    }
    return found;
  }

  /** Is this file probed? Of files that were not looked at yet, false. */
  probes(file: MappedFile): boolean {
    const known = this.#files.known(file);
    return known !== undefined && this.#libraries.has(known.key);
  }

  /** Probes what these processes map, and removes probes that none of them needs. Lets other work run in between. */
  async reconcile(pids: ReadonlySet<number>): Promise<void> {
    const pass = ++this.#pass;
    const turns = new Turns(sliceMs);
    for (const pid of pids) {
      await turns.next();
      this.scan(pid);
    }
    const unused = [...this.#libraries].filter(([, library]) => library.pass < pass);
    await this.#keepers.find(
      unused.map(([key, { mount }]) => ({ key, mount })),
      pids,
      turns,
    );
    if (this.#closed) return;
    for (const { users } of this.#libraries.values())
      for (const pid of users.keys()) if (!pids.has(pid)) users.delete(pid);
    for (const [key, library] of unused) {
      if (!this.#libraries.has(key)) this.#keepers.forget(key);
      // Used or overwritten meanwhile.
      if (library.pass >= pass || this.#libraries.get(key) !== library) continue;
      library.users.clear();
      if (this.#keepers.keeps(key)) continue;
      this.#remove(key, library);
      this.#log.info({ library: key }, 'no target uses this TLS library any more; probes removed');
    }
    const users = [...this.#libraries.values()].flatMap(library => [...library.users.keys()]);
    this.#ends.watchOnly(new Set([...users, ...this.#keepers.pids]));
  }

  /**
   * This process does not map any more what it did: it has ended, or executed another program.
   * @returns whether a library has no known user any more, and nothing keeps its probes. Another user may have been forked meanwhile:
   * a pass tells. Probes that nobody needs keep the file system of their library in use.
   */
  leave(pid: number): boolean {
    this.#ends.unwatch(pid);
    const left = this.#keepers.leave(pid);
    let unused = false;
    for (const [key, { users }] of this.#libraries) {
      const used = users.delete(pid);
      if (used) this.#keepers.end(key);
      if ((used || left.has(key)) && users.size === 0 && !this.#keepers.has(key)) unused = true;
    }
    return unused;
  }

  /** Nothing is probed any more; the links end with the capture. */
  close(): void {
    this.#closed = true;
    for (const { endWatch } of this.#libraries.values()) endWatch();
  }

  #remove(key: string, library: Library): void {
    this.#libraries.delete(key);
    this.#keepers.forget(key);
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
    this.#files.forget(key);
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
      { process: pid, path: file.path, ...(err !== undefined && { err }) },
      `${what}; its traffic stays unseen`,
    );
  }

  /** @param path of the file as the process has it */
  #use(library: LibraryFile, pid: number, file: MappedFile, path: string): void {
    const { key } = library;
    const known = this.#libraries.get(key);
    if (known?.users.has(pid)) {
      known.pass = this.#pass;
      known.users.set(pid, path);
      return;
    }
    if (known === undefined) this.#beforeWork(pid);
    // Opened, it can be probed even if the process is over before that is done.
    const opened = known === undefined ? openFile(path) : undefined;
    try {
      const living = this.#ends.watch(pid);
      this.#keepers.begin(key, !living || (known === undefined && opened === undefined));
      if (known && living) {
        known.pass = this.#pass;
        known.users.set(pid, path);
      } else if (known === undefined && opened !== undefined) {
        const users = new Map(living ? [[pid, path]] : []);
        this.#probe(library, pid, file, `/proc/self/fd/${opened}`, mountOf(opened), users);
      }
    } finally {
      if (opened !== undefined) closeSync(opened);
    }
  }

  #probe(
    { key, contents, points }: LibraryFile,
    pid: number,
    file: MappedFile,
    path: string,
    mount: number | undefined,
    users: Map<number, string>,
  ): void {
    let links: number[];
    try {
      links = attachPoints(this.#native, path, points);
    } catch (error) {
      // It is tried again with every scan: said once.
      if (readProcess(pid, 'stat') === undefined || this.#failed.has(key)) return;
      if (this.#failed.size >= maxKeys) this.#failed.clear();
      this.#failed.add(key);
      this.#fail(pid, file, 'cannot probe a TLS library', error);
      return;
    }
    const endWatch = watchContents(path, () => this.#mayHaveChanged(key));
    this.#libraries.set(key, {
      links,
      users,
      contents,
      endWatch,
      mount,
      // Without a user the next pass decides whether it stays, also the one under way.
      pass: users.size > 0 ? this.#pass : 0,
    });
    const now = contentsOf(path);
    // Written to while it was being read.
    if (now !== undefined && now !== contents) this.#forget(key);
    const slow = points.filter(point => !point.emulated).map(point => point.functionName);
    this.#log.info(
      {
        process: pid,
        path: file.path,
        functions: points.map(point => point.functionName),
        singleStepped: slow,
      },
      'TLS library probed',
    );
  }
}

/** Undefined when the process that maps it is over. */
function openFile(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
