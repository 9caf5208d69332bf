/** Frame types, RFC 9113 §6; PRIORITY_UPDATE: RFC 9218 §7.1; ALTSVC: RFC 7838 §4; ORIGIN: RFC 8336 §2.1. */
export const frameType = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  resetStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goAway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
  altSvc: 0xa,
  origin: 0xc,
  priorityUpdate: 0x10,
} as const;

/** RFC 9113 §6; END_STREAM and ACK share a bit. */
export const frameFlag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Octets of a frame header, RFC 9113 §4.1. */
export const frameHeaderBytes = 9;

/** RFC 9113 §4.1. */
export interface FrameHeader {
  /** Payload, bytes: 0 – 2^24 − 1. */
  readonly length: number;
  /** 0–255. */
  readonly type: number;
  /** 0–255. */
  readonly flags: number;
  /** The reserved bit before the stream identifier. */
  readonly reserved: boolean;
  /** 0 – 2^31 − 1; 0 is the connection. */
  readonly stream: number;
}

/** The frame header in bytes[offset, offset + 9). */
export function readFrameHeader(bytes: Buffer, offset: number): FrameHeader {
  const word = bytes.readUInt32BE(offset + 5);
  return {
    length: bytes.readUIntBE(offset, 3),
    type: bytes.readUInt8(offset + 3),
    flags: bytes.readUInt8(offset + 4),
    reserved: word >= 2 ** 31,
    stream: word % 2 ** 31,
  };
}

interface Shape {
  /** Flags the type defines. A sender leaves the others unset (RFC 9113 §4.1). */
  readonly flags: number;
  readonly onStream: 'yes' | 'no' | 'either';
  readonly length: (header: FrameHeader) => boolean;
}

const { endStream, ack, endHeaders, padded, priority } = frameFlag;

function roomFor(header: FrameHeader, fixed: number): boolean {
  return header.length >= fixed + (header.flags & padded ? 1 : 0) + (header.flags & priority ? 5 : 0);
}

const shapes = new Map<number, Shape>([
  [frameType.data, { flags: endStream | padded, onStream: 'yes', length: header => roomFor(header, 0) }],
  [
    frameType.headers,
    {
      flags: endStream | endHeaders | padded | priority,
      onStream: 'yes',
      length: header => roomFor(header, 0),
    },
  ],
  [frameType.priority, { flags: 0, onStream: 'yes', length: header => header.length === 5 }],
  [frameType.resetStream, { flags: 0, onStream: 'yes', length: header => header.length === 4 }],
  [
    frameType.settings,
    {
      flags: ack,
      onStream: 'no',
      // No endpoint has this many settings; without a bound every sixth length would do.
      length: header =>
        header.flags & ack ? header.length === 0 : header.length % 6 === 0 && header.length <= 240,
    },
  ],
  [
    frameType.pushPromise,
    { flags: endHeaders | padded, onStream: 'yes', length: header => roomFor(header, 4) },
  ],
  [frameType.ping, { flags: ack, onStream: 'no', length: header => header.length === 8 }],
  [frameType.goAway, { flags: 0, onStream: 'no', length: header => header.length >= 8 }],
  [frameType.windowUpdate, { flags: 0, onStream: 'either', length: header => header.length === 4 }],
  [frameType.continuation, { flags: endHeaders, onStream: 'yes', length: () => true }],
  [frameType.altSvc, { flags: 0, onStream: 'either', length: header => header.length >= 2 }],
  [frameType.origin, { flags: 0, onStream: 'no', length: () => true }],
  [frameType.priorityUpdate, { flags: 0, onStream: 'no', length: header => header.length >= 4 }],
]);

/** What a frame header may say on this connection by now. */
export interface Plausibility {
  /** Largest payload the receiver allows, bytes. */
  maxFrameSize: number;
  /** Highest stream identifier that could be in use. */
  maxStream: number;
}

/**
 * Can these nine octets be a frame header that a conforming sender wrote?
 *
 * @param openedBy a client opens streams with odd identifiers, a server that pushes even ones (§5.1.1)
 */
export function isPlausible(
  header: FrameHeader,
  { maxFrameSize, maxStream }: Plausibility,
  openedBy: 'client' | 'either' = 'client',
): boolean {
  const shape = shapes.get(header.type);
  if (shape === undefined || header.reserved || header.length > maxFrameSize) return false;
  if ((header.flags & ~shape.flags) !== 0 || !shape.length(header)) return false;
  if (header.stream === 0) return shape.onStream !== 'yes';
  return (
    shape.onStream !== 'no' &&
    (openedBy === 'either' || header.stream % 2 === 1) &&
    header.stream <= maxStream
  );
}

/** Can `next` directly follow `header`? Fragments of one header block stay together, RFC 9113 §4.3. */
export function canFollow(header: FrameHeader, next: FrameHeader): boolean {
  const carriesFragment =
    header.type === frameType.headers ||
    header.type === frameType.pushPromise ||
    header.type === frameType.continuation;
  const open = carriesFragment && (header.flags & endHeaders) === 0;
  return open
    ? next.type === frameType.continuation && next.stream === header.stream
    : next.type !== frameType.continuation;
}
