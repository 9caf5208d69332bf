import { recordHeaderBytes } from '../../../../runtime/agent/capture/record-decoder.ts';

/** Fields of `struct record_header` (bpf/include/record.h) for tests. */
export interface RecordFields {
  readonly kind: number;
  readonly direction?: number;
  readonly layer?: number;
  readonly detail?: number;
  readonly connection?: bigint;
  readonly timeNs?: bigint;
  readonly position?: bigint;
  readonly bytes?: bigint;
  readonly gapReason?: number;
  readonly headsLost?: number;
  readonly pid?: number;
  readonly comm?: string;
  readonly otherPosition?: bigint;
  readonly payload?: Uint8Array;
  /** When the header is to lie about the payload. */
  readonly length?: number;
}

/** One record as the addon puts it into a batch. */
export function record(fields: RecordFields): Buffer {
  const payload = fields.payload ?? Buffer.alloc(0);
  const bytes = Buffer.alloc((recordHeaderBytes + payload.length + 7) & ~7);
  bytes[0] = fields.kind;
  bytes[1] = fields.direction ?? 0;
  bytes[2] = fields.layer ?? 0;
  bytes[3] = fields.detail ?? 0;
  bytes.writeUInt32LE(fields.length ?? payload.length, 4);
  bytes.writeBigUInt64LE(fields.connection ?? 1n, 8);
  bytes.writeBigUInt64LE(fields.timeNs ?? 0n, 16);
  bytes.writeBigUInt64LE(fields.position ?? 0n, 24);
  bytes.writeBigUInt64LE(fields.bytes ?? 0n, 32);
  bytes.writeUInt32LE(fields.pid ?? 0, 40);
  bytes.writeUInt16LE(fields.gapReason ?? 0, 44);
  bytes.writeUInt16LE(fields.headsLost ?? 0xffff, 46);
  bytes.write(fields.comm ?? '', 48, 15, 'latin1');
  bytes.writeBigUInt64LE(fields.otherPosition ?? 0n, 64);
  bytes.set(payload, recordHeaderBytes);
  return bytes;
}
