// Length-prefixed frames: a 4-byte big-endian byte count, then that many bytes (one protobuf message).

const prefixBytes = 4;

/** The peer announced a frame longer than the receiver accepts. The connection cannot be used any further. */
export class FrameTooLargeError extends Error {
  override readonly name = 'FrameTooLargeError';
  readonly announcedBytes: number;
  readonly maxBytes: number;

  constructor(announcedBytes: number, maxBytes: number) {
    super(
      `The other side announced a frame of ${announcedBytes} bytes; at most ${maxBytes} are accepted. Close the connection.`,
    );
    this.announcedBytes = announcedBytes;
    this.maxBytes = maxBytes;
  }
}

/** One frame around `bytes` (0 to 2³²−1 of them), ready to be written to a socket. */
export function encodeFrame(bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + bytes.length);
  frame.writeUInt32BE(bytes.length, 0);
  frame.set(bytes, prefixBytes);
  return frame;
}

/**
 * Cuts a byte stream, in chunks of any size, back into frames.
 *
 * Memory: less than twice one incomplete frame (≤ `maxBytes`) plus the chunk just pushed. The buffer grows with the
 * bytes that arrived, never with the length that was announced, so a lying prefix reserves nothing.
 */
export class FrameDecoder {
  readonly #maxBytes: number;
  #buffer = Buffer.alloc(0);
  #used = 0;

  /** `maxBytes`: the longest frame accepted, without its prefix. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of the frame that has begun and is not complete, its prefix included. 0 between frames. */
  get pendingBytes(): number {
    return this.#used;
  }

  /**
   * The frames that `chunk` completes, in order; they may share memory with `chunk`.
   * Throws FrameTooLargeError; the decoder must not be used after that.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const data = this.#used === 0 ? chunk : this.#append(chunk);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const frames: Uint8Array[] = [];
    let at = 0;
    while (data.length - at >= prefixBytes) {
      const length = view.getUint32(at);
      if (length > this.#maxBytes) throw new FrameTooLargeError(length, this.#maxBytes);
      const end = at + prefixBytes + length;
      if (end > data.length) break;
      frames.push(data.subarray(at + prefixBytes, end));
      at = end;
    }
    if (at > 0 || this.#used === 0) {
      // Frames handed out may point into the old buffer, so what is left moves to a new one.
      this.#buffer = Buffer.from(data.subarray(at));
      this.#used = this.#buffer.length;
    }
    return frames;
  }

  /** Doubles the buffer when it is full, so that a frame arriving byte by byte costs linear time. */
  #append(chunk: Uint8Array): Uint8Array {
    const needed = this.#used + chunk.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#used);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#used);
    this.#used = needed;
    return this.#buffer.subarray(0, needed);
  }
}
