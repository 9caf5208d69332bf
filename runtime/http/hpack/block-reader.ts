import { HpackSyntaxError } from './hpack-error.ts';
import { decodeHuffman } from './huffman.ts';

const maxInteger = 2 ** 31 - 1;
/** Five groups of seven bits reach beyond 2^31. */
const maxIntegerShift = 28;

/** One for all readers: what it holds is copied before the next string is read. */
let scratch = Buffer.allocUnsafeSlow(65_536);

const noBytes = Buffer.alloc(0);
const shortBytes = 48;

/**
 * Reads the primitives of RFC 7541 §5 from one header block. The string read last is described by fields, not by an
 * object of its own: there are several in every message.
 */
export class BlockReader {
  /** Decoded length of the string read last, bytes. */
  stringLength = 0;
  /** It is longer than the limit: only its length is known. */
  stringTooLong = false;
  /** Offset of the next octet. */
  offset = 0;
  private block: Buffer = noBytes;
  /** Where the string read last lies until the next one is read. */
  private stringSource: Buffer = noBytes;
  private stringStart = 0;
  private readonly maxStringBytes: number;

  /** @param maxStringBytes strings with more decoded octets are skipped, not kept */
  constructor(maxStringBytes: number) {
    this.maxStringBytes = maxStringBytes;
    if (maxStringBytes > scratch.length) scratch = Buffer.allocUnsafeSlow(maxStringBytes);
  }

  start(block: Uint8Array): void {
    this.block = Buffer.isBuffer(block)
      ? block
      : Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    this.offset = 0;
  }

  /** Lets go of the block, which belongs to the caller. */
  release(): void {
    this.block = noBytes;
    this.stringSource = noBytes;
  }

  get atEnd(): boolean {
    return this.offset >= this.block.length;
  }

  /** The next octet, not consumed. Only before the end. */
  peek(): number {
    return this.block[this.offset] as number;
  }

  /**
   * An integer with a prefix of `prefixBits` bits, RFC 7541 §5.1; 0 – 2^31 − 1.
   *
   * @throws HpackSyntaxError `truncated` or `integer-too-large`
   */
  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    const prefix = this.octet() & mask;
    if (prefix < mask) return prefix;
    let value = mask;
    for (let shift = 0; shift <= maxIntegerShift; shift += 7) {
      const octet = this.octet();
      value += (octet & 0x7f) * 2 ** shift;
      if ((octet & 0x80) !== 0) continue;
      if (value > maxInteger) break;
      return value;
    }
    throw new HpackSyntaxError('integer-too-large');
  }

  /**
   * Reads a string literal, RFC 7541 §5.2.
   *
   * @throws HpackSyntaxError `truncated`, `integer-too-large` or `invalid-huffman`
   */
  readString(): void {
    if (this.atEnd) throw new HpackSyntaxError('truncated');
    const huffman = (this.peek() & 0x80) !== 0;
    const encoded = this.integer(7);
    const from = this.offset;
    const to = from + encoded;
    if (to > this.block.length) throw new HpackSyntaxError('truncated');
    this.offset = to;
    if (huffman) {
      this.stringLength = decodeHuffman(this.block, from, to, scratch);
      if (this.stringLength < 0) throw new HpackSyntaxError('invalid-huffman');
      this.stringSource = scratch;
      this.stringStart = 0;
    } else {
      this.stringLength = encoded;
      this.stringSource = this.block;
      this.stringStart = from;
    }
    this.stringTooLong = this.stringLength > this.maxStringBytes;
  }

  /** The string read last as Latin-1; undefined when it was too long. */
  stringText(): string | undefined {
    if (this.stringTooLong) return undefined;
    return this.stringSource.toString('latin1', this.stringStart, this.stringStart + this.stringLength);
  }

  /**
   * A copy of the string read last; undefined when it was too long.
   *
   * @param alone in memory of its own, so that keeping it for long keeps nothing else
   */
  stringCopy(alone: boolean): Buffer | undefined {
    if (this.stringTooLong) return undefined;
    if (this.stringLength === 0) return noBytes;
    const copy = alone ? Buffer.allocUnsafeSlow(this.stringLength) : Buffer.allocUnsafe(this.stringLength);
    // Most values are short: for these a loop beats the call.
    if (this.stringLength > shortBytes) {
      this.stringSource.copy(copy, 0, this.stringStart, this.stringStart + this.stringLength);
    } else {
      for (let index = 0; index < this.stringLength; index++) {
        copy[index] = this.stringSource[this.stringStart + index] as number;
      }
    }
    return copy;
  }

  private octet(): number {
    const octet = this.block[this.offset];
    if (octet === undefined) throw new HpackSyntaxError('truncated');
    this.offset++;
    return octet;
  }
}
