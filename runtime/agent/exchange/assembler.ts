import type { Workload } from '../../protocol/generated/mirror.ts';
import type { CaptureEvent } from '../capture/event.ts';
import type { AssembledExchange } from './assembled-exchange.ts';
import { Connection } from './connection.ts';
import { type AssemblerCounters, newAssemblerCounters } from './counters.ts';
import { RealIp } from './real-ip.ts';

export interface AssemblerOptions {
  readonly emit: (exchange: AssembledExchange) => void;
  /** Which pod a connection's cgroup belongs to. */
  readonly workload?: (cgroupId: bigint) => Workload | undefined;
  /** Whose word on the client's address is taken. @default nobody's */
  readonly realIp?: RealIp;
  /** Content kept of each request, bytes. @default 65536 */
  readonly bodyBytes?: number;
  /** Connections followed at a time; beyond it the least recently active is flushed. @default 65536 */
  readonly maxConnections?: number;
  /** Memory for connections and messages under way, bytes; beyond it the least recently active are flushed. @default 256 MiB */
  readonly maxRetainedBytes?: number;
  /** How long a request that stalls in its body, or goes on after its response began, is waited for, milliseconds. @default 60000 */
  readonly requestTimeoutMs?: number;
  /** How long a request waits for its response while its connection lives, milliseconds. @default 15 minutes */
  readonly responseTimeoutMs?: number;
  /** A connection that is silent for so long is forgotten: its end may have been lost. Milliseconds. @default 6 hours */
  readonly maxSilenceMs?: number;
}

/** How long a connection keeps its place while it is active: moving it at each event costs 3 % of an exchange. Microseconds. */
const moveAfterUs = 100_000;

interface Entry {
  readonly connection: Connection;
  retainedBytes: number;
  /** Last event, microseconds since the Unix epoch. */
  activeUs: number;
  /** The event at which it was last moved behind the others. */
  movedUs: number;
}

/**
 * Turns capture events into exchanges. Pure but for `emit`, which it calls synchronously: time comes from the
 * events and from expire().
 */
export class ExchangeAssembler {
  readonly counters: AssemblerCounters = newAssemblerCounters();
  private readonly options: Required<AssemblerOptions>;
  /** By socket cookie, least recently active first, to a tenth of a second. */
  private readonly entries = new Map<number, Entry>();
  private retained = 0;

  constructor(options: AssemblerOptions) {
    this.options = {
      workload: () => undefined,
      realIp: new RealIp({ header: '', trustedCidrs: [] }),
      bodyBytes: 65_536,
      maxConnections: 65_536,
      maxRetainedBytes: 256 * 1024 * 1024,
      requestTimeoutMs: 60_000,
      // Long polls, reports and exports take minutes.
      responseTimeoutMs: 15 * 60_000,
      maxSilenceMs: 6 * 3600 * 1000,
      ...options,
    };
  }

  /** Connections followed now. */
  get connections(): number {
    return this.entries.size;
  }

  /** Memory held for connections and messages under way, bytes. */
  get retainedBytes(): number {
    return this.retained;
  }

  push(event: CaptureEvent): void {
    if (event.kind === 'open') {
      this.open(event);
      return;
    }
    const entry = this.entries.get(event.connection);
    if (entry === undefined) {
      this.counters.unknownConnectionEvents++;
      return;
    }
    if (event.kind === 'close') {
      this.drop(event.connection, entry);
      return;
    }
    if (event.kind === 'data') {
      this.touch(event.connection, entry, event.timeUs);
      entry.connection.data(event);
    } else entry.connection.gap(event);
    this.account(entry);
    this.bound();
  }

  /**
   * Emits requests whose response has not come in time, and forgets connections that have long been silent.
   *
   * @param nowUs microseconds since the Unix epoch
   */
  expire(nowUs: number): void {
    const silentUs = nowUs - this.options.maxSilenceMs * 1000;
    for (const [connection, entry] of this.entries) {
      if (entry.activeUs >= silentUs) break;
      this.counters.connectionsAgedOut++;
      this.drop(connection, entry);
    }
    const { requestTimeoutMs, responseTimeoutMs } = this.options;
    const deadlines = {
      requestUs: nowUs - requestTimeoutMs * 1000,
      responseUs: nowUs - responseTimeoutMs * 1000,
    };
    for (const entry of this.entries.values()) {
      entry.connection.expire(deadlines);
      this.account(entry);
    }
  }

  /** Emits everything that is under way, and forgets all connections. */
  close(): void {
    for (const [connection, entry] of this.entries) this.drop(connection, entry);
  }

  private open(event: Extract<CaptureEvent, { kind: 'open' }>): void {
    const known = this.entries.get(event.connection);
    // Seen a second time, for example by both ways of finding it: what is known is not forgotten.
    if (known !== undefined) return;
    while (this.entries.size >= this.options.maxConnections) this.evictOldest();
    const connection = new Connection(event, {
      bodyBytes: this.options.bodyBytes,
      counters: this.counters,
      realIp: this.options.realIp,
      workload: this.options.workload(event.cgroupId),
      emit: exchange => this.emit(exchange),
    });
    const entry = { connection, retainedBytes: 0, activeUs: event.timeUs, movedUs: event.timeUs };
    this.entries.set(event.connection, entry);
    this.account(entry);
    this.bound();
  }

  private emit(exchange: AssembledExchange): void {
    this.counters.exchanges++;
    if (exchange.response === undefined) this.counters.withoutResponse++;
    this.options.emit(exchange);
  }

  private touch(connection: number, entry: Entry, timeUs: number): void {
    entry.activeUs = timeUs;
    // A clock that was set back must not keep it where it is.
    const sinceUs = timeUs - entry.movedUs;
    if (sinceUs >= 0 && sinceUs < moveAfterUs) return;
    entry.movedUs = timeUs;
    this.entries.delete(connection);
    this.entries.set(connection, entry);
  }

  private account(entry: Entry): void {
    const bytes = entry.connection.retainedBytes;
    this.retained += bytes - entry.retainedBytes;
    entry.retainedBytes = bytes;
  }

  private bound(): void {
    while (this.retained > this.options.maxRetainedBytes) this.evictOldest();
  }

  private drop(connection: number, entry: Entry): void {
    entry.connection.close();
    this.retained -= entry.retainedBytes;
    this.entries.delete(connection);
  }

  private evictOldest(): void {
    const [oldest] = this.entries;
    if (oldest === undefined) return;
    this.counters.connectionsEvicted++;
    this.drop(...oldest);
  }
}
