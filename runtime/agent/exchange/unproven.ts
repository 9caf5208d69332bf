import type { LossCause } from '../../http/http1-request-parser.ts';
import type { AssemblerCounters } from './counters.ts';
import { type PendingExchange, retainedBytes } from './pending-exchange.ts';

/** Exchanges held on one connection; a server that speaks HTTP answers long before. */
const maxExchanges = 1024;
const maxBytes = 4 * 1024 * 1024;

/**
 * Exchanges of a connection that was joined in the middle, or begins with what is no request, on which no response was seen yet. A request
 * line may stand in what is no HTTP too, such as a log or a value of a database: these are held until the server answers in HTTP, in order.
 */
export class Unproven {
  private readonly emit: (pending: PendingExchange) => void;
  private readonly counters: AssemblerCounters;
  private held: PendingExchange[] = [];
  private bytes = 0;
  private dropped = false;
  private readonly beginning: LossCause | undefined;

  /** @param beginning what is wrong with what the connection begins with; undefined when that was not seen */
  constructor(emit: (pending: PendingExchange) => void, counters: AssemblerCounters, beginning?: LossCause) {
    this.emit = emit;
    this.counters = counters;
    this.beginning = beginning;
  }

  /** The connection begins with what is no request. */
  get doubtful(): boolean {
    return this.beginning !== undefined;
  }

  /** Memory held, bytes. */
  get retainedBytes(): number {
    return this.bytes;
  }

  /** False when there are so many that the connection cannot carry HTTP. */
  hold(pending: PendingExchange): boolean {
    if (this.dropped) {
      this.counters.unprovenRequests++;
      return true;
    }
    this.held.push(pending);
    this.bytes += retainedBytes(pending);
    return this.held.length <= maxExchanges && this.bytes <= maxBytes;
  }

  /** It is HTTP. */
  release(): void {
    if (this.beginning !== undefined) this.counters.losses[this.beginning]++;
    for (const pending of this.take()) this.emit(pending);
  }

  /** It never proved to be HTTP. */
  drop(): void {
    this.dropped = true;
    this.counters.unprovenRequests += this.take().length;
  }

  private take(): PendingExchange[] {
    const { held } = this;
    this.held = [];
    this.bytes = 0;
    return held;
  }
}
