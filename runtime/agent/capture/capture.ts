import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CaptureAddon, findBuildOutput, loadAddon, type NativeCapture } from './addon.ts';
import { isStale } from './build-freshness.ts';
import { type CaptureLog, silentLog } from './capture-log.ts';
import { CaptureUnavailableError } from './capture-unavailable-error.ts';
import { findCgroupRoot } from './cgroup.ts';
import { type CaptureCounters, nameCounters } from './counters.ts';
import type { CaptureEvent } from './event.ts';
import { loadFailure } from './load-failure.ts';
import { LibraryProbes } from './openssl/library-probes.ts';
import { PacedTask } from './paced-task.ts';
import { decodeBatch, type ProcessNotice } from './record-decoder.ts';
import {
  checkOpenFiles,
  chooseRung,
  hostProcessesRemedy,
  type Rung,
  seesHostProcesses,
} from './requirements.ts';
import { type CaptureTargets, TargetMaps } from './targets.ts';
import { type UncoveredProcess, UncoveredTls } from './uncovered-tls.ts';

export interface CaptureOptions {
  /** Ring buffers, by hash of the connection: a power of two, 1–64. @default 2 */
  readonly rings?: number;
  /** Bytes of each: a power of two, 64 KiB – 256 MiB. @default 8388608 */
  readonly ringBytes?: number;
  /** Only connections to these local TCP ports; all when empty. @default [] */
  readonly ports?: readonly number[];
  /**
   * Hooks on sockets: `A`, the socket tracepoints (Linux 6.3); `B`, the end of every system call, which costs all of
   * the machine's processes a little; `auto`, A where the kernel has it.
   * @default 'auto'
   */
  readonly rung?: Rung | 'auto';
  /**
   * Probes that replace return addresses (uretprobes). `auto`: where the kernel has session links (Linux 6.13), which leave
   * coroutines alone, and such probes harm no process under a seccomp filter, which is tried at the start. `off`: probes at calls
   * and behind them instead, which cover fewer libraries and cost more, and follow coroutines too. `on`: without trying.
   * @default 'auto'
   */
  readonly returnProbes?: 'auto' | 'on' | 'off';
  /**
   * Links that place many probes at once (Linux 6.6) and at entry and return (6.13): cheaper for the application.
   * `single`: a link for each probe, as on older kernels.
   * @default 'auto'
   */
  readonly uprobeLinks?: 'auto' | 'single';
  /** @default capture.bpf.o in dist/bpf */
  readonly bpfObjectPath?: string;
  /** @default capture.node in dist/bpf */
  readonly addonPath?: string;
  /** @default nothing is logged */
  readonly log?: CaptureLog;
  /** Keep what the kernel's verifier says about each program (instructions, stack depth). @default false */
  readonly verifierReport?: boolean;
}

/** Called with every batch in order; `bytes` of its data events are valid only during the call. */
export type OnEvents = (events: readonly CaptureEvent[]) => void;

/** A running capture. */
export interface Capture {
  /**
   * Replaces the selection. Resolves when it is in force: libraries of running targets probed, kernel maps written.
   * Calls are carried out one after the other. @throws Error when the capture is closed or a map is full.
   */
  setTargets(targets: CaptureTargets): Promise<void>;
  /**
   * Captures nothing more, and delivers what has been: under load the rings hold tens of thousands of exchanges.
   * Resolves with the number of data records that were not delivered within `timeoutMs`; 0 as a rule. `close` follows.
   */
  drain(timeoutMs: number): Promise<number>;
  /** Totals since the capture opened. */
  counters(): CaptureCounters;
  /** Processes whose TLS connections no probe covers; at most 256. */
  uncoveredTls(): UncoveredProcess[];
  /** Of the processes that are selected by their numbers, and their descendants, those that live. */
  livingPids(): number[];
  /** Program name → the verifier's figures; empty unless asked for in the options. */
  verifierReport(): Record<string, string>;
  /** Detaches everything; no event follows. Idempotent. */
  close(): void;
}

/** Libraries that were loaded or let go in ways no event tells of are found at this pace. */
const rescanIntervalMs = 30_000;
/** After an exec the dynamic linker needs a moment; a large program, or a plugin system, needs more. */
const scanDelaysMs = [3, 20, 200, 1000, 5000];
/** Clock adjustments reach event times within this. */
const clockIntervalMs = 5000;
const drainPollMs = 20;

/**
 * Loads the kernel programs and begins to capture: nothing until {@link Capture.setTargets} is called.
 * @throws CaptureUnavailableError when privileges, kernel features or the built files are missing.
 */
export function openCapture(options: CaptureOptions, onEvents: OnEvents): Capture {
  checkOpenFiles();
  const addonPath = options.addonPath ?? join(findBuildOutput(), 'capture.node');
  const addon = loadAddon(addonPath);
  if (options.addonPath === undefined && isStale(findBuildOutput()))
    options.log?.warn({}, 'bpf/ has changed since it was built; run npm run build:bpf');
  return new KernelCapture(addon, chooseRung(addon, options.rung), options, onEvents);
}

class KernelCapture implements Capture {
  readonly #addon: CaptureAddon;
  readonly #native: NativeCapture;
  readonly #onEvents: OnEvents;
  readonly #log: CaptureLog;
  readonly #maps: TargetMaps;
  readonly #libraries: LibraryProbes;
  readonly #uncovered: UncoveredTls;
  readonly #returnProbes: boolean;
  readonly #rung: Rung;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #reconcileSoon = new PacedTask(() => this.#tryToReconcile());
  #targets: CaptureTargets = {};
  #cgroupRoot: string | undefined;
  #queue: Promise<void> = Promise.resolve();
  #realtimeOffsetNs: bigint;
  #malformed = 0;
  /** Data records decoded, which the programs count as well. */
  #delivered = 0;
  #closed = false;

  constructor(addon: CaptureAddon, rung: Rung, options: CaptureOptions, onEvents: OnEvents) {
    this.#addon = addon;
    this.#rung = rung;
    this.#onEvents = onEvents;
    this.#log = options.log ?? silentLog;
    this.#realtimeOffsetNs = addon.realtimeOffsetNs();
    const nativeOptions = {
      objectPath: options.bpfObjectPath ?? join(findBuildOutput(), 'capture.bpf.o'),
      rung,
      rings: options.rings ?? 2,
      ringBytes: options.ringBytes ?? 8 * 1024 * 1024,
      verifierReport: options.verifierReport ?? false,
      uprobeLinks: options.uprobeLinks ?? 'auto',
    };
    try {
      this.#native = new addon.Capture(nativeOptions, batch => this.#onBatch(batch));
    } catch (error) {
      if (error instanceof RangeError || error instanceof TypeError) throw error;
      throw loadFailure(error);
    }
    this.#log.info(
      { rung },
      rung === 'A' ? 'socket tracepoints are used' : 'the end of system calls is hooked',
    );
    if (!seesHostProcesses())
      this.#log.warn(
        {},
        'this process is in a PID namespace of its own, where processes have other numbers than the kernel reports: TLS stays ' +
          `unseen, and processes may be called what they are not. ${hostProcessesRemedy}`,
      );
    this.#maps = new TargetMaps(this.#native, options.ports ?? []);
    this.#uncovered = new UncoveredTls(this.#log, file => this.#libraries.probes(file));
    this.#returnProbes = this.#decideReturnProbes(options.returnProbes ?? 'auto');
    this.#libraries = new LibraryProbes(this.#native, this.#log, this.#returnProbes, pid =>
      this.#uncovered.foresee(pid),
    );
    this.#every(rescanIntervalMs, () => this.#tryToReconcile());
    this.#every(clockIntervalMs, () => {
      this.#realtimeOffsetNs = this.#addon.realtimeOffsetNs();
    });
  }

  setTargets(targets: CaptureTargets): Promise<void> {
    const done = this.#queue.then(async () => {
      if (this.#closed) throw new Error('the capture is closed');
      if ((targets.pids?.size ?? 0) > 0 && !seesHostProcesses())
        throw new CaptureUnavailableError(
          ['in a PID namespace of its own processes have other numbers than those the kernel knows them by'],
          hostProcessesRemedy,
        );
      this.#targets = targets;
      // Probes before selection: a connection that is accepted in between is seen from its first byte.
      await this.#reconcile();
      if (this.#closed) throw new Error('the capture was closed meanwhile');
      this.#maps.apply(targets);
      // Processes that started in between.
      await this.#reconcile();
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  async drain(timeoutMs: number): Promise<number> {
    await this.#queue;
    if (this.#closed) return 0;
    this.#targets = {};
    this.#maps.apply(this.#targets);
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      // The programs may still be at work on other processors when the selection is withdrawn: one pause at least.
      await sleep(drainPollMs);
      if (this.#closed) return 0;
      const left = this.counters().records - this.#delivered;
      if (left <= 0 || performance.now() > deadline) return Math.max(0, left);
    }
  }

  counters(): CaptureCounters {
    const { batches, stalledNs, malformedRecords } = this.#native.batcherCounters();
    return {
      ...nameCounters(this.#native.counters()),
      batches,
      stalledNs,
      malformedRecords: malformedRecords + this.#malformed,
      tlsLibraries: this.#libraries.count,
      tlsLibraryFailures: this.#libraries.failures,
      returnProbes: this.#returnProbes ? 1 : 0,
      systemCallHooks: this.#rung === 'B' ? 1 : 0,
    };
  }

  uncoveredTls(): UncoveredProcess[] {
    return this.#uncovered.processes;
  }

  livingPids(): number[] {
    return this.#maps.living;
  }

  verifierReport(): Record<string, string> {
    return this.#native.verifierReport();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#reconcileSoon.close();
    this.#libraries.close();
    this.#native.close();
  }

  #decideReturnProbes(wanted: 'auto' | 'on' | 'off'): boolean {
    if (wanted !== 'auto') return wanted === 'on';
    if (!this.#native.hasSessions()) {
      this.#log.info({}, 'TLS libraries are probed at calls and returns: this kernel has no session links');
      return false;
    }
    const { safe, detail } = this.#addon.checkReturnProbes();
    if (safe) this.#log.info({ detail }, 'return probes are used for TLS');
    else {
      this.#log.warn(
        { detail },
        'return probes could harm processes on this kernel; TLS libraries are probed at calls and returns instead, which covers fewer of them',
      );
    }
    return safe;
  }

  async #reconcile(): Promise<void> {
    const pids = this.#maps.processes(this.#targets, () => {
      this.#cgroupRoot ??= findCgroupRoot();
      return this.#cgroupRoot;
    });
    // Here too where no target is yet: one that moves into a selected cgroup brings listening sockets that are older than the capture.
    this.#maps.learnListeners([process.pid, ...pids]);
    await this.#libraries.reconcile(pids);
  }

  async #tryToReconcile(): Promise<void> {
    try {
      await this.#reconcile();
    } catch (error) {
      if (!this.#closed) this.#log.warn({ err: error }, 'the periodic scan failed; it is tried again');
    }
  }

  #onBatch(batch: Buffer): void {
    if (this.#closed) return;
    const { events, notices, malformed } = decodeBatch(batch, this.#realtimeOffsetNs);
    this.#malformed += malformed;
    for (const { kind } of events) if (kind === 'data') this.#delivered++;
    for (const notice of notices) this.#onNotice(notice);
    if (events.length > 0) this.#onEvents(events);
  }

  #onNotice({ kind, pid }: ProcessNotice): void {
    if ((kind === 'exec' || kind === 'exit') && this.#libraries.leave(pid)) this.#reconcileSoon.request();
    if (kind === 'exit') return;
    if (kind === 'exec') this.#scanLater(pid, 0);
    else if (kind === 'tls-uncovered') this.#uncovered.note(pid);
    else if (!this.#scan(pid)) {
      // It may be gone when its connection closes.
      this.#uncovered.suspect(pid);
      // A program that loads its library at the first connection is given the time to do it.
      this.#scanLater(pid, 0, () => this.#uncovered.note(pid));
    }
  }

  /** A process that the kernel has told of may be no target any more: a pass over the targets finds out. */
  #scan(pid: number): boolean {
    const before = this.#libraries.count;
    const found = this.#libraries.scan(pid);
    if (this.#libraries.count > before) this.#reconcileSoon.request();
    return found;
  }

  #scanLater(pid: number, attempt: number, onNothing = () => {}): void {
    const delay = scanDelaysMs[attempt];
    if (delay === undefined) {
      onNothing();
      return;
    }
    this.#after(delay, () => {
      if (!this.#scan(pid)) this.#scanLater(pid, attempt + 1, onNothing);
    });
  }

  #after(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }

  #every(intervalMs: number, action: () => void): void {
    const timer = setInterval(action, intervalMs);
    timer.unref();
    this.#timers.add(timer);
  }
}
