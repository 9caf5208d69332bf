/** Frames of HTTP/2 for tests (RFC 9113 §4.1). */

export const frameTypes = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export interface Piece {
  readonly type: number;
  readonly bytes: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** mulberry32: the same numbers on every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A server's SETTINGS, then frames of every kind with payloads from nothing to 16 KiB. */
export function randomFrames(random: () => number, count: number): Piece[] {
  const frames: Piece[] = [
    { type: frameTypes.settings, bytes: frame(frameTypes.settings, 0, 0, Buffer.alloc(6)) },
  ];
  const types = [0, 0, 0, 1, 3, 4, 5, 6, 7, 8, 9, 0x10];
  for (let index = 0; index < count; index++) {
    const type = types[Math.floor(random() * types.length)] ?? 0;
    const scale = [0, 1, 20, 300, 16_384][Math.floor(random() * 5)] ?? 0;
    const payload = Buffer.alloc(Math.floor(random() * (scale + 1)), 0x41 + (index % 26));
    frames.push({ type, bytes: frame(type, 0, 1 + 2 * (index % 50), payload) });
  }
  return frames;
}

/** Of the first `length` bytes of the frames: what is not payload of DATA, and where that payload was, adjacent ones merged. */
export function framesOf(
  frames: readonly Piece[],
  length: number,
): { text: string; gaps: [number, number][] } {
  let text = '';
  const gaps: [number, number][] = [];
  let position = 0;
  for (const { type, bytes } of frames) {
    const here = bytes.subarray(0, Math.max(0, length - position));
    const kept = type === frameTypes.data ? Math.min(9, here.length) : here.length;
    text += here.toString('latin1', 0, kept);
    if (here.length > kept) gaps.push([position + kept, here.length - kept]);
    position += here.length;
  }
  return { text, gaps };
}
