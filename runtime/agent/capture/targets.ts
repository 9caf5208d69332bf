import { existsSync } from 'node:fs';
import type { NativeCapture } from './addon.ts';
import { findCgroupPaths, pidsInCgroup } from './cgroup.ts';
import { listenersByNamespace } from './process/listening-ports.ts';
import { commBytes, isExiting, pidsByComm, withDescendants } from './process/processes.ts';

/** What is captured: the union of the three. Nothing when all are empty. */
export interface CaptureTargets {
  /** cgroup v2 ids (see cgroup.ts), with their descendants. */
  readonly cgroupIds?: ReadonlySet<bigint>;
  /** Processes with their present and later descendants. */
  readonly pids?: ReadonlySet<number>;
  /** Process names, as in /proc/PID/comm; only the first 15 bytes count. */
  readonly comms?: ReadonlySet<string>;
}

/** Bits of `target_flags` in bpf/include/record.h. */
const flags = { cgroup: 1, pid: 2, comm: 4, ports: 8 } as const;

const present = new Uint8Array([1]);
/** Looks for children forked between two of them, at most: a target may fork faster than /proc is read. */
const maxLooks = 8;

export function u16Key(value: number): Buffer {
  const key = Buffer.alloc(2);
  key.writeUInt16LE(value);
  return key;
}

function u32Key(value: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(value);
  return key;
}

function u64Key(value: bigint): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64LE(value);
  return key;
}

function commKey(comm: string): Buffer {
  const key = Buffer.alloc(16);
  Buffer.from(comm).copy(key, 0, 0, commBytes);
  return key;
}

/** Keeps the kernel's target maps in step with what the agent wants. */
export class TargetMaps {
  readonly #native: Pick<NativeCapture, 'mapUpdate' | 'mapDelete' | 'mapKeys'>;
  readonly #portsFlag: number;
  #generation = 0;
  #targetFlags = 0;
  /** The first generation after the last that selected nothing. */
  #resumed = 0;
  #pids: ReadonlySet<number> = new Set();

  constructor(native: Pick<NativeCapture, 'mapUpdate' | 'mapDelete' | 'mapKeys'>, ports: readonly number[]) {
    this.#native = native;
    this.#portsFlag = ports.length > 0 ? flags.ports : 0;
    for (const port of ports) native.mapUpdate('target_ports', u16Key(port), present, false);
  }

  /** Makes `targets` the selection; effective for the next byte of every connection. */
  apply(targets: CaptureTargets): void {
    const { cgroupIds = new Set(), pids = new Set(), comms = new Set() } = targets;
    this.#replace('target_cgroups', [...cgroupIds].map(u64Key));
    this.#replace('target_comms', [...comms].map(commKey));
    // Descendants that lost their parent are only in the kernel's map: kept as long as the roots only grow.
    const grows = [...this.#pids].every(pid => pids.has(pid));
    const descendants = [...withDescendants(pids)].map(u32Key);
    if (grows) this.#add('target_pids', descendants);
    else this.#replace('target_pids', descendants);
    this.#pids = new Set(pids);

    const selecting =
      (cgroupIds.size > 0 ? flags.cgroup : 0) |
      (pids.size > 0 ? flags.pid : 0) |
      (comms.size > 0 ? flags.comm : 0);
    const targetFlags = selecting === 0 ? 0 : selecting | this.#portsFlag;
    this.#control(targetFlags);
    // From here on the kernel adds what targets fork. What was found to be no target meanwhile is looked at again.
    if (this.#addForked(pids)) this.#control(targetFlags);
  }

  #control(targetFlags: number): void {
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.#targetFlags === 0) this.#resumed = this.#generation;
    this.#targetFlags = targetFlags;
    const control = Buffer.alloc(12);
    control.writeUInt32LE(this.#generation, 0);
    control.writeUInt32LE(targetFlags, 4);
    control.writeUInt32LE(this.#resumed, 8);
    this.#native.mapUpdate('.data.control', u32Key(0), control, false);
  }

  /** Selects the descendants that were forked while the others were listed. @returns whether there were any */
  #addForked(pids: ReadonlySet<number>): boolean {
    let found = false;
    for (let look = 0; look < maxLooks; look++) {
      const descendants = withDescendants(pids);
      const known = new Set(this.#native.mapKeys('target_pids').map(key => key.readUInt32LE(0)));
      const missing = [...descendants].filter(pid => !pids.has(pid) && !known.has(pid));
      if (missing.length === 0) break;
      for (const pid of missing) {
        this.#native.mapUpdate('target_pids', u32Key(pid), present, true);
        // The kernel forgets those that end from now on.
        if (isExiting(pid)) this.#native.mapDelete('target_pids', u32Key(pid));
        else found = true;
      }
    }
    return found;
  }

  /** All processes that are selected at this moment. */
  processes(targets: CaptureTargets, cgroupRoot: () => string): Set<number> {
    const pids = withDescendants(targets.pids ?? []);
    for (const pid of pidsByComm(targets.comms ?? new Set())) pids.add(pid);
    if (targets.cgroupIds && targets.cgroupIds.size > 0) {
      for (const path of findCgroupPaths(targets.cgroupIds, cgroupRoot()).values()) {
        for (const pid of pidsInCgroup(path)) pids.add(pid);
      }
    }
    if (targets.pids && targets.pids.size > 0) {
      for (const key of this.#native.mapKeys('target_pids')) pids.add(key.readUInt32LE(0));
    }
    return pids;
  }

  /** Processes that are selected by their numbers, and their descendants, that live. */
  get living(): number[] {
    const pids = this.#native.mapKeys('target_pids').map(key => key.readUInt32LE(0));
    // One that had ended before it was selected stays in the map.
    return pids.filter(pid => existsSync(`/proc/${pid}`));
  }

  /** Tells the kernel which ports these processes' namespaces listen on: the role of connections already open. */
  learnListeners(pids: Iterable<number>): void {
    for (const { namespace, ports } of listenersByNamespace(pids)) {
      for (const [port, count] of ports) {
        // Only new ones: those that opened since the capture did are counted by the kernel.
        this.#native.mapUpdate(
          'listeners',
          Buffer.concat([u32Key(namespace), u32Key(port)]),
          u32Key(count),
          true,
        );
      }
    }
  }

  #add(map: string, keys: readonly Buffer[]): void {
    for (const key of keys) this.#native.mapUpdate(map, key, present, false);
  }

  #replace(map: string, keys: readonly Buffer[]): void {
    this.#add(map, keys);
    const wanted = new Set(keys.map(key => key.toString('latin1')));
    for (const key of this.#native.mapKeys(map)) {
      if (!wanted.has(key.toString('latin1'))) this.#native.mapDelete(map, key);
    }
  }
}
