import { basename } from 'node:path';
import { withFileSource } from '../elf/byte-source.ts';
import { parseElf } from '../elf/elf-file.ts';
import { type MappedFile, mappedFilePath } from '../process/memory-maps.ts';
import { contentsOf, isSettled } from './file-contents.ts';
import { type CallEnds, findProbePoints, type ProbePoint } from './probe-points.ts';

/** A file that contains a TLS library. */
export interface LibraryFile {
  /** Identity of the file's contents: one shared image layer shows up under another device in each container. */
  readonly key: string;
  /** As it was when it was looked at (file-contents.ts). */
  readonly contents: string | undefined;
  readonly points: readonly ProbePoint[];
}

interface Inspection {
  readonly contents: string | undefined;
  /** Undefined: the file contains none that can be probed. */
  readonly library: LibraryFile | undefined;
}

/** Says what keeps a library from being probed. */
export type Complain = (pid: number, file: MappedFile, what: string, err?: unknown) => void;

const maxFiles = 8192;
/** Errors that pass: descriptors or memory are used up. */
const shortages: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM'];
/** Files that cannot be read are worth a warning only when their name says that they matter. */
const libraryName = /^lib(ssl|gnutls|wolfssl|mbedtls)[^/]*\.so/;

/**
 * What the files that are mapped as code contain: each is looked at once, and again when its size or its time has changed. At most
 * 8192 are remembered.
 */
export class LibraryFiles {
  readonly #ends: CallEnds;
  readonly #onOverwritten: (key: string) => void;
  readonly #complain: Complain;
  readonly #inspections = new Map<string, Inspection>();
  /** Files, by cache key, that were overwritten: read again once nobody writes to them. */
  readonly #overwritten = new Set<string>();
  /** Files, by cache key, that the agent or the machine had no room to read. */
  readonly #unread = new Set<string>();

  /** @param onOverwritten called with the key of a library whose file holds something else now */
  constructor(ends: CallEnds, onOverwritten: (key: string) => void, complain: Complain) {
    this.#ends = ends;
    this.#onOverwritten = onOverwritten;
    this.#complain = complain;
  }

  /** Has it never been looked at? That takes up to 50 ms. */
  isNew(file: MappedFile): boolean {
    return !this.#inspections.has(cacheKey(file));
  }

  /** What was found in this file before, if anything. */
  known(file: MappedFile): LibraryFile | undefined {
    return this.#inspections.get(cacheKey(file))?.library;
  }

  /**
   * Undefined when the file has no TLS functions that can be probed, or cannot be read. `unsettled` when it was overwritten and may
   * still be: to be asked again after `settleMs`.
   */
  inspect(pid: number, file: MappedFile): LibraryFile | 'unsettled' | undefined {
    const key = cacheKey(file);
    const path = mappedFilePath(pid, file);
    const contents = contentsOf(path);
    const known = this.#inspections.get(key);
    if (known !== undefined) {
      // A mapping that is gone tells nothing.
      if (contents === undefined || contents === known.contents) return known.library;
      this.#inspections.delete(key);
      this.#overwritten.add(key);
      if (known.library !== undefined) this.#onOverwritten(known.library.key);
    }
    if (this.#overwritten.has(key) && !isSettled(path)) return 'unsettled';
    this.#overwritten.delete(key);
    let library: LibraryFile | undefined;
    try {
      library = this.#read(path, contents, pid, file);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // A process that ended leaves nothing to remember.
      if (['ENOENT', 'ESRCH'].includes(code)) return undefined;
      const said = this.#unread.has(key);
      if (libraryName.test(basename(file.path)) && !said)
        this.#complain(pid, file, 'cannot read a TLS library', error);
      // Others may be read the next time; what else there is would fail again.
      if (shortages.includes(code)) {
        if (this.#unread.size >= maxFiles) this.#unread.clear();
        this.#unread.add(key);
        return undefined;
      }
    }
    this.#unread.delete(key);
    if (this.#inspections.size >= maxFiles) this.#inspections.clear();
    this.#inspections.set(key, { contents, library });
    return library;
  }

  /** Files with these contents are not what they were. */
  forget(key: string): void {
    for (const [file, known] of this.#inspections) {
      if (known.library?.key !== key) continue;
      this.#inspections.delete(file);
      this.#overwritten.add(file);
    }
    if (this.#overwritten.size > maxFiles) this.#overwritten.clear();
  }

  #read(path: string, contents: string | undefined, pid: number, file: MappedFile): LibraryFile | undefined {
    return withFileSource(path, (source, identity) => {
      const elf = parseElf(source);
      const points = findProbePoints(elf, this.#ends);
      if (points.length === 0) {
        if (this.#ends === 'code' && findProbePoints(elf, 'return-probes').length > 0)
          this.#complain(pid, file, 'this TLS library can only be probed with return probes, which are off');
        return undefined;
      }
      const build = elf.buildId ?? `device-${identity.device}`;
      return { key: `${build}:${identity.inode}:${identity.size}`, contents, points };
    });
  }
}

function cacheKey(file: MappedFile): string {
  return `${file.device} ${file.inode} ${file.path}`;
}
