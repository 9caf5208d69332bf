import type { CaptureEvent, DataEvent, GapEvent, GapReason, OpenEvent, SocketAddress } from './event.ts';
import { ipv4Text, ipv6Text } from './ip-text.ts';

/** Bytes of `struct record_header` in bpf/include/record.h: the format is the contract between the two files. */
export const recordHeaderBytes = 72;
/** No record is larger than the largest ring reservation. */
export const maxRecordPayloadBytes = 16384;
const openPayloadBytes = 40;
const headsLostUnknown = 0xffff;
/** DATA_… of bpf/include/record.h: bits of a data record's `detail`. */
const dataBits = {
  startsFrame: 1,
  responseEnded: 2,
  responseGoesOn: 4,
  behindLoss: 8,
  serverEnded: 16,
} as const;

export const recordKinds = { open: 1, data: 2, gap: 3, close: 4, tlsUnprobed: 5, exec: 6, exit: 7 } as const;

const gapReasons: readonly (GapReason | undefined)[] = [
  undefined,
  'ring-full',
  'not-copied',
  'copy-fault',
  'unseen',
];
const directions = ['request', 'response'] as const;
const layers = ['socket', 'tls'] as const;
const addressFamilies = { ipv4: 2, ipv6: 10 } as const;

/**
 * A process in which TLS libraries should be looked for: it executed a program, or moves TLS bytes unprobed; one
 * that has served a TLS connection of which no probe saw anything; or one that used a probed library and has ended.
 */
export interface ProcessNotice {
  readonly kind: 'exec' | 'exit' | 'tls-unprobed' | 'tls-uncovered';
  readonly pid: number;
}

const noticeKinds: Readonly<Record<number, ProcessNotice['kind']>> = {
  [recordKinds.tlsUnprobed]: 'tls-unprobed',
  [recordKinds.exec]: 'exec',
  [recordKinds.exit]: 'exit',
};

export interface DecodedBatch {
  readonly events: CaptureEvent[];
  readonly notices: ProcessNotice[];
  /** Records that were skipped because they break the format. */
  readonly malformed: number;
}

/**
 * Decodes a batch of records, each a 72-byte header and `length` payload bytes, padded to a multiple of 8.
 * Never throws: a record that breaks the format is counted and skipped; one whose length leads out of the batch
 * ends it. `data` events point into `batch`.
 * @param realtimeOffsetNs what to add to the kernel's CLOCK_MONOTONIC times to get Unix time.
 */
export function decodeBatch(batch: Buffer, realtimeOffsetNs: bigint): DecodedBatch {
  const decoder = new RecordDecoder(batch, Number(realtimeOffsetNs / 1000n));
  const { view } = decoder;
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
    const kind = view.getUint8(offset);
    // Nearly all are data: looked up only where it may be there.
    const notice = kind < recordKinds.tlsUnprobed ? undefined : noticeKinds[kind];
    if (notice !== undefined) notices.push({ kind: notice, pid: view.getUint32(offset + 40, true) });
    else {
      if (kind === recordKinds.close && view.getUint8(offset + 3) === 1)
        notices.push({ kind: 'tls-uncovered', pid: view.getUint32(offset + 40, true) });
      const event = decoder.event(kind, offset, length);
      // A data record also tells of the bytes that are missing right before it.
      const gap = event?.kind === 'data' ? decoder.gapBefore(event, offset) : undefined;
      if (event === undefined || gap === 'invalid') malformed++;
      else {
        if (gap !== undefined) events.push(gap);
        events.push(event);
      }
    }
    offset += (recordHeaderBytes + length + 7) & ~7;
  }
  return { events, notices, malformed };
}

function chunkedText(bits: number): DataEvent['chunked'] {
  if (bits & dataBits.responseEnded) return 'ended';
  return bits & dataBits.responseGoesOn ? 'goes-on' : undefined;
}

class RecordDecoder {
  readonly view: DataView;
  readonly #batch: Buffer;
  readonly #offsetUs: number;
  /** Where the process name last decoded stands: most records of a batch have the same one. */
  #commAt = -1;
  #comm = '';

  constructor(batch: Buffer, offsetUs: number) {
    this.view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
    this.#batch = batch;
    this.#offsetUs = offsetUs;
  }

  event(kind: number, offset: number, length: number): CaptureEvent | undefined {
    const connection = this.#safeInteger(offset + 8);
    if (connection === undefined) return undefined;
    if (kind === recordKinds.data) return this.#data(connection, offset, length);
    if (kind === recordKinds.gap) return this.#gap(connection, offset);
    if (kind === recordKinds.open) return this.#open(connection, offset, length);
    return kind === recordKinds.close
      ? { kind: 'close', connection, timeUs: this.#timeUs(offset) }
      : undefined;
  }

  gapBefore(
    { connection, direction, layer, position: end }: DataEvent,
    offset: number,
  ): GapEvent | 'invalid' | undefined {
    const bytes = this.#safeInteger(offset + 32);
    if (bytes === 0) return undefined;
    const reason = gapReasons[this.view.getUint16(offset + 44, true)];
    if (bytes === undefined || reason === undefined || bytes > end) return 'invalid';
    return { kind: 'gap', connection, direction, layer, position: end - bytes, bytes, reason };
  }

  #data(connection: number, offset: number, length: number): DataEvent | undefined {
    const position = this.#safeInteger(offset + 24);
    const otherPosition = this.#safeInteger(offset + 64);
    const direction = directions[this.view.getUint8(offset + 1)];
    const layer = layers[this.view.getUint8(offset + 2)];
    if (position === undefined || otherPosition === undefined || !direction || !layer || length === 0)
      return undefined;
    const data: DataEvent = {
      kind: 'data',
      connection,
      timeUs: this.#timeUs(offset),
      direction,
      layer,
      position,
      otherPosition,
      bytes: this.#batch.subarray(offset + recordHeaderBytes, offset + recordHeaderBytes + length),
      pid: this.view.getUint32(offset + 40, true),
      comm: this.#processName(offset + 48),
    };
    const bits = this.view.getUint8(offset + 3);
    const headsLost = this.#headsLost(direction, offset);
    if (headsLost !== undefined)
      return bits & dataBits.responseEnded
        ? { ...data, headsLost, chunked: 'ended' }
        : { ...data, headsLost };
    if (bits === 0) return data;
    if (bits & dataBits.startsFrame) return { ...data, startsFrame: true };
    const chunked = chunkedText(bits);
    const told: DataEvent = chunked === undefined ? data : { ...data, chunked };
    const behind: DataEvent = bits & dataBits.behindLoss ? { ...told, behindLoss: true } : told;
    return bits & dataBits.serverEnded ? { ...behind, serverEnded: true } : behind;
  }

  /** Behind a gap: how many heads of responses are in it. */
  #headsLost(direction: DataEvent['direction'], offset: number): number | undefined {
    if (direction === 'request' || this.#safeInteger(offset + 32) === 0) return undefined;
    const headsLost = this.view.getUint16(offset + 46, true);
    return headsLost === headsLostUnknown ? undefined : headsLost;
  }

  #gap(connection: number, offset: number): GapEvent | undefined {
    const position = this.#safeInteger(offset + 24);
    const direction = directions[this.view.getUint8(offset + 1)];
    const layer = layers[this.view.getUint8(offset + 2)];
    const reason = gapReasons[this.view.getUint8(offset + 3)];
    const bytes = this.#safeInteger(offset + 32);
    if (position === undefined || direction === undefined || layer === undefined || !reason || !bytes)
      return undefined;
    return { kind: 'gap', connection, direction, layer, position, bytes, reason };
  }

  #open(connection: number, offset: number, length: number): OpenEvent | undefined {
    if (length !== openPayloadBytes) return undefined;
    const { view } = this;
    const payload = offset + recordHeaderBytes;
    const family = view.getUint16(payload, true);
    const server = this.#address(family, payload + 8, view.getUint16(payload + 2));
    const client = this.#address(family, payload + 24, view.getUint16(payload + 4));
    if (!server || !client) return undefined;
    const cgroupId = view.getBigUint64(offset + 24, true);
    const fromStart = view.getUint8(offset + 3) === 1;
    return { kind: 'open', connection, timeUs: this.#timeUs(offset), client, server, cgroupId, fromStart };
  }

  /** Of the halves: as one number, nanoseconds lose digits after 104 days. 2^32 ns are 4 294 967 µs and 296 ns. */
  #timeUs(offset: number): number {
    const { view } = this;
    const high = view.getUint32(offset + 20, true);
    const low = view.getUint32(offset + 16, true);
    return high * 4_294_967 + Math.floor((high * 296 + low) / 1000) + this.#offsetUs;
  }

  #address(family: number, offset: number, port: number): SocketAddress | undefined {
    if (family === addressFamilies.ipv4) return { ip: ipv4Text(this.#batch, offset), port };
    if (family === addressFamilies.ipv6) return { ip: ipv6Text(this.#batch, offset), port };
    return undefined;
  }

  /** A name without its NUL padding; process names may hold any byte. */
  #processName(offset: number): string {
    const { view } = this;
    const known = this.#commAt;
    if (known >= 0) {
      let same = true;
      for (let at = 0; at < 16 && same; at += 4)
        same = view.getUint32(offset + at) === view.getUint32(known + at);
      if (same) return this.#comm;
    }
    let end = offset;
    while (end < offset + 16 && this.#batch[end] !== 0) end++;
    this.#commAt = offset;
    this.#comm = this.#batch.toString('latin1', offset, end);
    return this.#comm;
  }

  /** A u64 as a number; undefined above 2^53-1, which neither cookies nor positions reach. */
  #safeInteger(offset: number): number | undefined {
    const high = this.view.getUint32(offset + 4, true);
    return high < 0x200000 ? high * 0x100000000 + this.view.getUint32(offset, true) : undefined;
  }
}
