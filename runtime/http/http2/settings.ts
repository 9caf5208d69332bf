import { initialCapacityBytes } from '../hpack/dynamic-table.ts';
import { maxPendingSettings } from './limits.ts';

/** What a SETTINGS frame says, as far as a bystander needs it. */
export interface Settings {
  /** SETTINGS_HEADER_TABLE_SIZE (0x1), bytes. */
  readonly headerTableSize?: number;
  /** SETTINGS_MAX_FRAME_SIZE (0x5), bytes. */
  readonly maxFrameSize?: number;
}

/** Parameters in the payload of a SETTINGS frame, RFC 9113 §6.5.1; the last value of each counts (§6.5.3). */
export function readSettings(payload: Buffer): Settings {
  let settings: Settings = {};
  for (let offset = 0; offset + 6 <= payload.length; offset += 6) {
    const value = payload.readUInt32BE(offset + 2);
    switch (payload.readUInt16BE(offset)) {
      case 0x1:
        settings = { ...settings, headerTableSize: value };
        break;
      case 0x5:
        // §6.5.2: other values are an error.
        if (value >= 16_384 && value < 2 ** 24) settings = { ...settings, maxFrameSize: value };
        break;
    }
  }
  return settings;
}

/** Settings in an HTTP2-Settings header field: base64url of a SETTINGS payload (RFC 7540 §3.2.1). */
export function readUpgradeSettings(value: string): Settings {
  return readSettings(Buffer.from(value, 'base64url'));
}

/**
 * The bound that one endpoint's SETTINGS_HEADER_TABLE_SIZE puts on the other's encoder. A value binds from its
 * acknowledgement on, which the encoder's endpoint sends in order with its header blocks (RFC 9113 §4.3.1, §6.5.3).
 */
export class HeaderTableBound {
  /** Infinity: not known. */
  private acknowledged: number;
  private pending: (number | undefined)[] = [];

  /** @param fromStart the connection is seen from its start: 4096 applies until something else does */
  constructor(fromStart: boolean) {
    this.acknowledged = fromStart ? initialCapacityBytes : Number.POSITIVE_INFINITY;
  }

  /** No table is larger; bytes. Settings not yet acknowledged may or may not apply. */
  get bytes(): number {
    return Math.max(this.acknowledged, ...this.pending.map(value => value ?? 0));
  }

  /** A SETTINGS frame went out to the encoder. */
  announce(headerTableSize: number | undefined): void {
    if (this.pending.length >= maxPendingSettings) this.forget();
    else this.pending.push(headerTableSize);
  }

  /** The encoder's endpoint acknowledged the oldest SETTINGS frame. */
  acknowledge(): void {
    this.acknowledged = this.pending.shift() ?? this.acknowledged;
  }

  /** Frames were lost in either direction. */
  forget(): void {
    this.acknowledged = Number.POSITIVE_INFINITY;
    this.pending = [];
  }
}
