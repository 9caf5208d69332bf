const initialBytes = 512;

/** Below this, buffers are cut from Node's pool, which is much cheaper than an allocation of their own. */
const pooledBytes = 4096;

/** Copies bytes[start, end). */
export function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = allocate(end - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}

function allocate(bytes: number): Buffer {
  return bytes < pooledBytes ? Buffer.allocUnsafe(bytes) : Buffer.allocUnsafeSlow(bytes);
}

/** Shared, because most builders of most connections are empty. */
const empty: Buffer = Buffer.alloc(0);

/**
 * Append-only bytes with a hard limit. Grows by doubling, so many tiny pieces cost neither an object each
 * nor quadratic copying.
 */
export class ByteBuilder {
  readonly limit: number;
  private storage = empty;
  private used = 0;

  /** @param limit bytes; what is appended beyond it is not kept. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes kept. */
  get length(): number {
    return this.used;
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.storage.length;
  }

  /** Appends source[start, end) as far as the limit allows; returns the number of bytes kept. */
  append(source: Buffer, start: number, end: number): number {
    const count = Math.min(end - start, this.limit - this.used);
    if (count <= 0) return 0;
    if (this.used + count > this.storage.length) this.grow(this.used + count);
    source.copy(this.storage, this.used, start, start + count);
    this.used += count;
    return count;
  }

  /** The bytes kept, shared: valid until the next append or clear. */
  view(): Buffer {
    return this.storage.subarray(0, this.used);
  }

  /** The bytes kept, handed over: the builder is empty afterwards and reuses none of them. */
  take(): Buffer {
    if (this.used === 0) return empty;
    // A half-empty allocation would live as long as the message does.
    const { storage, used } = this;
    const taken =
      used === storage.length ? storage : used * 2 >= storage.length ? this.view() : copyOf(storage, 0, used);
    this.clear();
    return taken;
  }

  clear(): void {
    this.storage = empty;
    this.used = 0;
  }

  /** Keeps only the last `count` bytes. */
  keepLast(count: number): void {
    if (count >= this.used) return;
    this.storage.copyWithin(0, this.used - count, this.used);
    this.used = count;
  }

  private grow(needed: number): void {
    // Most messages come in one piece.
    const atLeast = this.used === 0 ? 0 : Math.max(initialBytes, this.storage.length * 2);
    const capacity = Math.min(this.limit, Math.max(needed, atLeast));
    const larger = allocate(capacity);
    this.storage.copy(larger, 0, 0, this.used);
    this.storage = larger;
  }
}
