import type { CaptureCounters } from '../capture/counters.ts';

/** Says what the capture lost, once when it begins and in full at the end: exchanges are missing then, or their responses. */
export class LossReport {
  readonly #say: (text: string) => void;
  #said = false;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Call it from time to time. */
  watch(counters: CaptureCounters): void {
    if (this.#said || counters.ringFullBytes === 0) return;
    this.#said = true;
    this.#say('this machine has no time to read all that is captured; exchanges are being lost');
  }

  /**
   * @param unreadRecords captured, but not read in time at the end
   * @param linesDropped exchanges that were not printed
   */
  conclude(counters: CaptureCounters, unreadRecords: number, linesDropped: number): void {
    const { ringFullRecords, ringFullBytes, copyFaultBytes, unseenBytes, controlRecordsLost } = counters;
    if (ringFullBytes > 0)
      this.#say(
        `${ringFullBytes} bytes of requests and response heads (${ringFullRecords} pieces) were lost: there was no ` +
          'time to read them',
      );
    if (controlRecordsLost > 0)
      this.#say(
        `${controlRecordsLost} records of connections that opened, closed or had gaps were lost: there was no room`,
      );
    if (copyFaultBytes > 0) this.#say(`${copyFaultBytes} bytes could not be read from the processes' memory`);
    if (unseenBytes > 0)
      this.#say(
        `${unseenBytes} bytes went by ways that are not read (io_uring, splice and others: docs/capture.md)`,
      );
    if (unreadRecords > 0) this.#say(`${unreadRecords} pieces were captured but not read in time at the end`);
    if (linesDropped > 0) this.#say(`${linesDropped} exchanges were not printed: whoever reads is too slow`);
  }
}
