import type { NativeCapture } from './addon.ts';
import { findCgroupPaths, pidsInCgroup } from './cgroup.ts';
import { readListeningPorts } from './process/listening-ports.ts';
import { commBytes, networkNamespace, pidsByComm, withDescendants } from './process/processes.ts';

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
    this.#generation = (this.#generation + 1) >>> 0;
    const control = Buffer.alloc(8);
    control.writeUInt32LE(this.#generation, 0);
    control.writeUInt32LE(selecting === 0 ? 0 : selecting | this.#portsFlag, 4);
    this.#native.mapUpdate('.data.control', u32Key(0), control, false);
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

  /** Tells the kernel which ports these processes' namespaces listen on: the role of connections already open. */
  learnListeners(pids: Iterable<number>): void {
    const seen = new Set<number>();
    for (const pid of pids) {
      const namespace = networkNamespace(pid);
      if (namespace === undefined || seen.has(namespace)) continue;
      seen.add(namespace);
      const total = new Map<number, number>();
      for (const file of ['tcp', 'tcp6']) {
        for (const [port, count] of readListeningPorts(`/proc/${pid}/net/${file}`)) {
          total.set(port, (total.get(port) ?? 0) + count);
        }
      }
      for (const [port, count] of total) {
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
