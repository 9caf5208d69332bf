import type { CaptureEvent, GapReason } from '../../../../runtime/agent/capture/event.ts';
import { Script } from './events.ts';

type Direction = 'request' | 'response';

/** What the model asks of chance. */
export interface Chance {
  /** True with a probability of one in `n`. */
  oneIn(n: number): boolean;
}

const unitBytes = 2048;

/**
 * What the programs let through of an HTTP/1 connection (bpf/include/http1.h, bpf/README.md "What is there of a
 * response"): requests whole, of responses what starts a call like a head, or stands behind a body of known length. A
 * gap is told before the next record of its stream; records get lost when the rings are full.
 */
export class Http1Kernel {
  readonly events: CaptureEvent[];
  /** One record in so many is lost; 0: none. */
  lossOneIn = 0;
  private readonly script = new Script();
  private readonly chance: Chance;
  private readonly pending: Record<Direction, { bytes: number; reason: GapReason }> = {
    request: { bytes: 0, reason: 'not-copied' },
    response: { bytes: 0, reason: 'not-copied' },
  };
  private inHead = false;
  private head = '';
  /** Bytes left of the body; undefined: not known. */
  private bodyLeft: number | undefined = 0;

  constructor(chance: Chance) {
    this.chance = chance;
    this.events = [this.script.open()];
  }

  /** One call of the server that reads. */
  receive(text: string): void {
    this.copy('request', text);
  }

  /** One call of the server that writes. */
  send(text: string): void {
    if (text === '') return;
    let rest = text;
    if (!this.inHead && rest.startsWith('HTTP/1.')) this.startHead();
    while (rest !== '') {
      if (this.inHead) rest = this.passHead(rest);
      else if (this.bodyLeft === 0 && rest.startsWith('HTTP/1.')) this.startHead();
      else {
        const passed =
          this.bodyLeft === 0 ? rest.length : Math.min(this.bodyLeft ?? rest.length, rest.length);
        if (this.bodyLeft !== undefined) this.bodyLeft = Math.max(0, this.bodyLeft - passed);
        this.miss('response', passed, 'not-copied');
        rest = rest.slice(passed);
      }
    }
  }

  close(): void {
    this.flush('request');
    this.flush('response');
    this.events.push(this.script.close());
  }

  private startHead(): void {
    this.inHead = true;
    this.head = '';
  }

  private passHead(text: string): string {
    const end = (this.head + text).indexOf('\r\n\r\n');
    const bytes = end < 0 ? text.length : end + 4 - this.head.length;
    this.head += text.slice(0, bytes);
    this.copy('response', text.slice(0, bytes));
    if (end >= 0) {
      this.inHead = false;
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(this.head)?.[1];
      const interim = /^HTTP\/1\.1 1/.test(this.head);
      this.bodyLeft = interim ? 0 : length === undefined ? undefined : Number(length);
    }
    return text.slice(bytes);
  }

  private copy(direction: Direction, text: string): void {
    for (let at = 0; at < text.length; at += unitBytes) {
      const unit = text.slice(at, at + unitBytes);
      if (this.lossOneIn > 0 && this.chance.oneIn(this.lossOneIn)) {
        this.miss(direction, unit.length, 'ring-full');
        continue;
      }
      this.flush(direction);
      this.events.push(direction === 'request' ? this.script.request(unit) : this.script.response(unit));
    }
  }

  private miss(direction: Direction, bytes: number, reason: GapReason): void {
    const pending = this.pending[direction];
    if (pending.reason !== reason) this.flush(direction);
    pending.bytes += bytes;
    pending.reason = reason;
  }

  private flush(direction: Direction): void {
    const { bytes, reason } = this.pending[direction];
    if (bytes > 0) this.events.push(this.script.gap(direction, bytes, reason));
    this.pending[direction].bytes = 0;
  }
}
