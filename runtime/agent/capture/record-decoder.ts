import type { CaptureEvent, DataEvent, GapEvent, GapReason, SocketAddress } from './event.ts';
import { ipv4Text, ipv6Text } from './ip-text.ts';

/** Bytes of `struct record_header` in bpf/include/record.h: the format is the contract between the two files. */
export const recordHeaderBytes = 64;
/** No record is larger than the largest ring reservation. */
export const maxRecordPayloadBytes = 16384;
const openPayloadBytes = 40;

export const recordKinds = { open: 1, data: 2, gap: 3, close: 4, tlsUnprobed: 5, exec: 6 } as const;

const gapReasons: readonly (GapReason | undefined)[] = [
  undefined,
  'ring-full',
  'not-copied',
  'copy-fault',
  'unseen',
];
const addressFamilies = { ipv4: 2, ipv6: 10 } as const;

/** A process in which TLS libraries should be looked for: it executed a program, or moves TLS bytes unprobed. */
export interface ProcessNotice {
  readonly kind: 'exec' | 'tls-unprobed';
  readonly pid: number;
}

export interface DecodedBatch {
  readonly events: CaptureEvent[];
  readonly notices: ProcessNotice[];
  /** Records that were skipped because they break the format. */
  readonly malformed: number;
}

/**
 * Decodes a batch of records, each a 64-byte header and `length` payload bytes, padded to a multiple of 8.
 * Never throws: a record that breaks the format is counted and skipped; one whose length leads out of the batch
 * ends it. `data` events point into `batch`.
 * @param realtimeOffsetNs what to add to the kernel's CLOCK_MONOTONIC times to get Unix time.
 */
export function decodeBatch(batch: Uint8Array, realtimeOffsetNs: bigint): DecodedBatch {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  const events: CaptureEvent[] = [];
  const notices: ProcessNotice[] = [];
  let malformed = 0;
  let offset = 0;
  while (offset < batch.length) {
    const room = batch.length - offset - recordHeaderBytes;
    const length = room >= 0 ? view.getUint32(offset + 4, true) : 0;
    if (room < 0 || length > room || length > maxRecordPayloadBytes) {
      malformed++;
      break;
    }
    if (isNotice(view.getUint8(offset))) {
      const kind = view.getUint8(offset) === recordKinds.exec ? 'exec' : 'tls-unprobed';
      notices.push({ kind, pid: view.getUint32(offset + 40, true) });
    } else {
      const event = decodeEvent(view, batch, offset, length, realtimeOffsetNs);
      const gapBytes = event?.kind === 'data' ? safeInteger(view, offset + 32) : 0;
      const gap = event?.kind === 'data' && gapBytes ? gapBefore(view, offset, event, gapBytes) : undefined;
      if (event === undefined || (gapBytes !== 0 && gap === undefined)) malformed++;
      else {
        if (gap) events.push(gap);
        events.push(event);
      }
    }
    offset += (recordHeaderBytes + length + 7) & ~7;
  }
  return { events, notices, malformed };
}

/** A data record also tells of the bytes that are missing right before it. */
function gapBefore(view: DataView, offset: number, data: DataEvent, bytes: number): GapEvent | undefined {
  const reason = gapReasons[view.getUint32(offset + 44, true)];
  const { connection, direction, layer } = data;
  const position = data.position - bytes;
  return reason && position >= 0
    ? { kind: 'gap', connection, direction, layer, position, bytes, reason }
    : undefined;
}

function isNotice(kind: number): boolean {
  return kind === recordKinds.exec || kind === recordKinds.tlsUnprobed;
}

function decodeEvent(
  view: DataView,
  batch: Uint8Array,
  offset: number,
  length: number,
  realtimeOffsetNs: bigint,
): CaptureEvent | undefined {
  const connection = safeInteger(view, offset + 8);
  const position = safeInteger(view, offset + 24);
  if (connection === undefined) return undefined;
  const timeNs = view.getBigUint64(offset + 16, true) + realtimeOffsetNs;
  switch (view.getUint8(offset)) {
    case recordKinds.data: {
      const stream = decodeStream(view, offset);
      if (stream === undefined || position === undefined || length === 0) return undefined;
      const data: DataEvent = {
        kind: 'data',
        connection,
        timeNs,
        ...stream,
        position,
        bytes: batch.subarray(offset + recordHeaderBytes, offset + recordHeaderBytes + length),
        pid: view.getUint32(offset + 40, true),
        comm: decodeComm(batch, offset + 48),
      };
      return view.getUint8(offset + 3) === 1 ? { ...data, startsFrame: true } : data;
    }
    case recordKinds.gap: {
      const stream = decodeStream(view, offset);
      const reason = gapReasons[view.getUint8(offset + 3)];
      const bytes = safeInteger(view, offset + 32);
      if (!stream || !reason || position === undefined || !bytes) return undefined;
      return { kind: 'gap', connection, ...stream, position, bytes, reason };
    }
    case recordKinds.open: {
      if (length !== openPayloadBytes) return undefined;
      const payload = offset + recordHeaderBytes;
      const family = view.getUint16(payload, true);
      const server = decodeAddress(batch, family, payload + 8, view.getUint16(payload + 2));
      const client = decodeAddress(batch, family, payload + 24, view.getUint16(payload + 4));
      if (!server || !client) return undefined;
      const cgroupId = view.getBigUint64(offset + 24, true);
      return {
        kind: 'open',
        connection,
        timeNs,
        client,
        server,
        cgroupId,
        fromStart: view.getUint8(offset + 3) === 1,
      };
    }
    case recordKinds.close:
      return { kind: 'close', connection, timeNs };
    default:
      return undefined;
  }
}

function decodeStream(
  view: DataView,
  offset: number,
): { direction: 'request' | 'response'; layer: 'socket' | 'tls' } | undefined {
  const direction = view.getUint8(offset + 1);
  const layer = view.getUint8(offset + 2);
  if (direction > 1 || layer > 1) return undefined;
  return { direction: direction === 0 ? 'request' : 'response', layer: layer === 0 ? 'socket' : 'tls' };
}

function decodeAddress(
  batch: Uint8Array,
  family: number,
  offset: number,
  port: number,
): SocketAddress | undefined {
  if (family === addressFamilies.ipv4) return { ip: ipv4Text(batch, offset), port };
  if (family === addressFamilies.ipv6) return { ip: ipv6Text(batch, offset), port };
  return undefined;
}

/** A name without its NUL padding; process names may hold any byte. */
function decodeComm(batch: Uint8Array, offset: number): string {
  let end = offset;
  while (end < offset + 16 && batch[end] !== 0) end++;
  return Buffer.from(batch.buffer, batch.byteOffset + offset, end - offset).toString('latin1');
}

/** A u64 as a number; undefined above 2^53-1, which neither cookies nor positions reach. */
function safeInteger(view: DataView, offset: number): number | undefined {
  const high = view.getUint32(offset + 4, true);
  return high < 0x200000 ? high * 0x100000000 + view.getUint32(offset, true) : undefined;
}
