import type { ByteBuilder } from './byte-builder.ts';
import type { Framing } from './http1-framing.ts';
import { CR, LF } from './http1-head.ts';
import { maxChunkLineBytes, maxHeadBytes } from './limits.ts';

type State =
  | 'done'
  | 'length'
  | 'chunk-size'
  | 'chunk-extension'
  | 'chunk-data'
  | 'chunk-data-end'
  | 'trailer'
  | 'until-close'
  /** Not a chunked coding after all: where the message ends is unknown. */
  | 'invalid';

/** Walks one message body, bytes in, content out, without buffering the coding (RFC 9112 §6, §7). */
export class BodyDecoder {
  private state: State = 'done';
  /** Bytes left of the content, or of this chunk. */
  private remaining = 0;
  private sizeDigits = 0;
  /** Bytes of the current chunk-size line, or of the trailer section. */
  private lineBytes = 0;
  /** Bytes of the current trailer line, without CR. */
  private trailerLineBytes = 0;
  /** Nothing of the body has come. */
  private untouched = true;

  /** The body has ended: the next byte belongs to the next message. */
  get done(): boolean {
    return this.state === 'done';
  }

  get invalid(): boolean {
    return this.state === 'invalid';
  }

  /** Only the end of the connection ends the body. */
  get untilClose(): boolean {
    return this.state === 'until-close';
  }

  /** Bytes left of a body of known length; undefined for any other. */
  get lengthLeft(): number | undefined {
    return this.state === 'length' ? this.remaining : undefined;
  }

  /** The body is chunked and nothing of it has come. */
  get atFirstChunk(): boolean {
    return this.state === 'chunk-size' && this.untouched;
  }

  begin(framing: Framing): void {
    this.remaining = 0;
    this.untouched = true;
    switch (framing.kind) {
      case 'none':
        this.state = 'done';
        break;
      case 'length':
        this.state = 'length';
        this.remaining = framing.bytes;
        break;
      case 'chunked':
        this.startChunk();
        break;
      case 'until-close':
        this.state = 'until-close';
        break;
      case 'faulty':
        this.state = 'invalid';
        break;
    }
  }

  /**
   * Consumes bytes from `offset` until the body ends or the bytes do; returns the offset after what was consumed.
   *
   * @param content receives the content bytes as far as its limit allows
   * @param dropped called with the number of content bytes that were not kept
   */
  push(bytes: Buffer, offset: number, content?: ByteBuilder, dropped?: (count: number) => void): number {
    let index = offset;
    this.untouched = false;
    while (index < bytes.length && this.state !== 'done' && this.state !== 'invalid') {
      if (this.state === 'length' || this.state === 'chunk-data' || this.state === 'until-close') {
        const available = bytes.length - index;
        const count = this.state === 'until-close' ? available : Math.min(available, this.remaining);
        if (content !== undefined) {
          const kept = content.append(bytes, index, index + count);
          if (kept < count) dropped?.(count - kept);
        }
        index += count;
        this.advance(count);
      } else {
        this.codingByte(bytes[index] ?? 0);
        if (!this.invalid) index++;
      }
    }
    return index;
  }

  /**
   * `count` bytes of the stream are missing here. True when position arithmetic tells where they led
   * (inside content of known length); false when the end of the message cannot be known any more.
   */
  skip(count: number): boolean {
    if (this.state === 'until-close') return true;
    if ((this.state === 'length' || this.state === 'chunk-data') && count <= this.remaining) {
      this.advance(count);
      return true;
    }
    this.state = 'invalid';
    return false;
  }

  private advance(count: number): void {
    if (this.state === 'until-close') return;
    this.remaining -= count;
    if (this.remaining > 0) return;
    this.state = this.state === 'length' ? 'done' : 'chunk-data-end';
    this.lineBytes = 0;
  }

  private startChunk(): void {
    this.state = 'chunk-size';
    this.remaining = 0;
    this.sizeDigits = 0;
    this.lineBytes = 0;
  }

  private codingByte(byte: number): void {
    this.lineBytes++;
    switch (this.state) {
      case 'chunk-size': {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          this.remaining = this.remaining * 16 + digit;
          this.sizeDigits++;
          // §7.1: a size that cannot be represented must not be misread; 2^53 is far beyond any body.
          if (this.remaining > Number.MAX_SAFE_INTEGER || this.sizeDigits > maxChunkLineBytes) {
            this.state = 'invalid';
          }
        } else if (this.sizeDigits === 0) this.state = 'invalid';
        else if (byte === LF) this.chunkSizeRead();
        // `;` starts an extension (§7.1.1); blanks before it or before CR are seen in practice.
        else if (byte === CR || byte === 0x3b || byte === 0x20 || byte === 0x09)
          this.state = 'chunk-extension';
        else this.state = 'invalid';
        break;
      }
      case 'chunk-extension':
        if (byte === LF) this.chunkSizeRead();
        else if (this.lineBytes > maxChunkLineBytes) this.state = 'invalid';
        break;
      case 'chunk-data-end':
        if (byte === LF) this.startChunk();
        else if (byte !== CR || this.lineBytes > 1) this.state = 'invalid';
        break;
      case 'trailer':
        // §7.1.2: like a header section, ended by an empty line.
        if (byte === LF) {
          if (this.trailerLineBytes === 0) this.state = 'done';
          this.trailerLineBytes = 0;
        } else if (byte !== CR) this.trailerLineBytes++;
        if (this.lineBytes > maxHeadBytes) this.state = 'invalid';
        break;
    }
  }

  private chunkSizeRead(): void {
    this.state = this.remaining === 0 ? 'trailer' : 'chunk-data';
    this.lineBytes = 0;
    this.trailerLineBytes = 0;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
