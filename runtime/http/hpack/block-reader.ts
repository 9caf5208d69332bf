import { HpackSyntaxError } from './hpack-error.ts';
import { decodeHuffman } from './huffman.ts';

const maxInteger = 2 ** 31 - 1;
/** Five groups of seven bits reach beyond 2^31. */
const maxIntegerShift = 28;

/** A string literal, RFC 7541 §5.2: where its octets lie until the next one is read. */
export interface StringLiteral {
  /** Decoded length, bytes. */
  readonly length: number;
  /** The octets; undefined when there are more than the limit. Valid until the next string is read. */
  readonly octets: Buffer | undefined;
}

/** One for all readers: what it holds is copied before the next string is read. */
let scratch = Buffer.allocUnsafeSlow(16_384);

/** Reads the primitives of RFC 7541 §5 from one header block. */
export class BlockReader {
  /** Offset of the next octet. */
  offset = 0;
  private block: Buffer = Buffer.alloc(0);
  private readonly maxStringBytes: number;

  /** @param maxStringBytes strings with more decoded octets are skipped, not kept */
  constructor(maxStringBytes: number) {
    this.maxStringBytes = maxStringBytes;
    if (maxStringBytes > scratch.length) scratch = Buffer.allocUnsafeSlow(maxStringBytes);
  }

  start(block: Uint8Array): void {
    this.block = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    this.offset = 0;
  }

  /** Lets go of the block, which belongs to the caller. */
  release(): void {
    this.block = Buffer.alloc(0);
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

  /** @throws HpackSyntaxError `truncated`, `integer-too-large` or `invalid-huffman` */
  string(): StringLiteral {
    if (this.atEnd) throw new HpackSyntaxError('truncated');
    const huffman = (this.peek() & 0x80) !== 0;
    const encoded = this.integer(7);
    const from = this.offset;
    const to = from + encoded;
    if (to > this.block.length) throw new HpackSyntaxError('truncated');
    this.offset = to;
    if (!huffman) {
      return {
        length: encoded,
        octets: encoded > this.maxStringBytes ? undefined : this.block.subarray(from, to),
      };
    }
    const length = decodeHuffman(this.block, from, to, scratch);
    if (length < 0) throw new HpackSyntaxError('invalid-huffman');
    return { length, octets: length > this.maxStringBytes ? undefined : scratch.subarray(0, length) };
  }

  private octet(): number {
    const octet = this.block[this.offset];
    if (octet === undefined) throw new HpackSyntaxError('truncated');
    this.offset++;
    return octet;
  }
}
