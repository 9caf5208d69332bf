/** One header field; the value's octets are raw, without surrounding white space (RFC 9112 §5). */
export interface HeaderField {
  /** As sent, decoded as Latin-1. */
  readonly name: string;
  readonly value: Buffer;
}

/**
 * Header fields in order, as offsets into the head they came in: most are only passed on, so texts and views are made
 * when somebody asks for them.
 */
export class RawFields implements Iterable<HeaderField> {
  readonly bytes: Buffer;
  /** Four numbers per field: start and end of its name, start and end of its value, in `bytes`. */
  readonly offsets: readonly number[];
  /** Every octet of every name is ASCII, as those of a token are (RFC 9110 §5.6.2). */
  readonly asciiNames: boolean;

  constructor(bytes: Buffer, offsets: readonly number[], asciiNames: boolean) {
    this.bytes = bytes;
    this.offsets = offsets;
    this.asciiNames = asciiNames;
  }

  get length(): number {
    return this.offsets.length / 4;
  }

  name(index: number): string {
    return this.bytes.toString('latin1', this.offsets[index * 4], this.offsets[index * 4 + 1]);
  }

  value(index: number): Buffer {
    return this.bytes.subarray(this.offsets[index * 4 + 2], this.offsets[index * 4 + 3]);
  }

  /** The value of the first field with this name (given in lower case). */
  get(lowerCaseName: string): Buffer | undefined {
    const index = this.#find(lowerCaseName, 0);
    return index < 0 ? undefined : this.value(index);
  }

  /** The values of all fields with this name (given in lower case), in order. */
  all(lowerCaseName: string): Buffer[] {
    const values: Buffer[] = [];
    for (let index = this.#find(lowerCaseName, 0); index >= 0; index = this.#find(lowerCaseName, index + 1))
      values.push(this.value(index));
    return values;
  }

  /** Index of the first field with this name from `index` on; −1 when there is none. */
  #find(lowerCaseName: string, index: number): number {
    const { offsets } = this;
    for (let at = index * 4; at < offsets.length; at += 4) {
      const start = offsets[at] as number;
      if (
        (offsets[at + 1] as number) - start === lowerCaseName.length &&
        isName(this.bytes, start, lowerCaseName)
      )
        return at / 4;
    }
    return -1;
  }

  *[Symbol.iterator](): Iterator<HeaderField> {
    for (let index = 0; index < this.length; index++)
      yield { name: this.name(index), value: this.value(index) };
  }
}

/** The value of the first field with this name (given in lower case). */
export function fieldValue(fields: HeaderFields, lowerCaseName: string): Buffer | undefined {
  if (fields instanceof RawFields) return fields.get(lowerCaseName);
  return fields.find(({ name }) => name.toLowerCase() === lowerCaseName)?.value;
}

/** The values of all fields with this name (given in lower case), in order. */
export function fieldValues(fields: HeaderFields, lowerCaseName: string): Buffer[] {
  if (fields instanceof RawFields) return fields.all(lowerCaseName);
  return fields.filter(({ name }) => name.toLowerCase() === lowerCaseName).map(({ value }) => value);
}

/** Do the bytes from `start` on spell this lower-case token, in any case? */
export function isName(bytes: Buffer, start: number, lowerCaseName: string): boolean {
  for (let index = 0; index < lowerCaseName.length; index++) {
    const byte = bytes[start + index] as number;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    if (lower !== lowerCaseName.charCodeAt(index)) return false;
  }
  return true;
}

/** The fields of one message: raw ones of HTTP/1, decoded ones of HTTP/2. */
export type HeaderFields = RawFields | readonly HeaderField[];
