import type { NativeCapture } from '../addon.ts';
import { isExiting } from '../process/processes.ts';

/** Has the kernel tell when processes end (`tls_users` in bpf/include/maps.h). */
export class ProcessEnds {
  readonly #native: Pick<NativeCapture, 'mapUpdate' | 'mapDelete'>;
  readonly #watched = new Set<number>();

  constructor(native: Pick<NativeCapture, 'mapUpdate' | 'mapDelete'>) {
    this.#native = native;
  }

  /**
   * Where the kernel has no room for it nothing will be told: a slow scan finds out.
   * @returns false: it is ending already, and runs no code any more
   */
  watch(pid: number): boolean {
    if (this.#watched.has(pid)) return true;
    try {
      this.#native.mapUpdate('tls_users', processKey(pid), Uint8Array.of(1), false);
    } catch {
      return true;
    }
    this.#watched.add(pid);
    if (!isExiting(pid)) return true;
    this.unwatch(pid);
    return false;
  }

  unwatch(pid: number): void {
    if (this.#watched.delete(pid)) this.#native.mapDelete('tls_users', processKey(pid));
  }

  /** Of those watched, only these go on being it. */
  watchOnly(pids: ReadonlySet<number>): void {
    for (const pid of this.#watched) if (!pids.has(pid)) this.unwatch(pid);
  }
}

function processKey(pid: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(pid);
  return key;
}
