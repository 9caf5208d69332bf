// How many messages an encoded message holds, counted before it is decoded: an empty one takes two bytes on the wire
// and a hundred times as many in memory, so a limit on bytes alone bounds nothing.

/** The nested message fields of a message, by field number; all other fields are skipped. */
export interface MessageShape {
  readonly [field: number]: NestedField;
}

export interface NestedField {
  readonly name: string;
  /** Occurrences within one parent. @default only the total counts */
  readonly most?: number;
  readonly of?: MessageShape;
}

/** The sender is free to be a newer version: only what would be decoded is counted. */
export class TooManyMessagesError extends Error {
  override readonly name = 'TooManyMessagesError';
}

/**
 * Throws TooManyMessagesError when `bytes`, of the given shape, holds more than `maxTotal` messages or more of one
 * field than its limit, and Error when the encoding is broken. Allocates nothing that grows with the bytes.
 */
export function checkMessageBounds(bytes: Uint8Array, shape: MessageShape, maxTotal: number): void {
  let at = 0;
  let total = 0;
  walk(bytes.length, shape);

  function walk(end: number, fields: MessageShape): void {
    const seen: Record<number, number> = {};
    while (at < end) {
      const tag = varint();
      const wireType = tag & 7;
      if (wireType === 0) varint();
      else if (wireType === 1) at += 8;
      else if (wireType === 5) at += 4;
      else if (wireType === 2) {
        const length = varint();
        const field = fields[tag >>> 3];
        // A decoder follows a nested length even beyond its parent, so one that lies must not get that far.
        if (at + length > end) throw broken();
        if (field === undefined) at += length;
        else {
          count(tag >>> 3, field, seen);
          if (field.of === undefined) at += length;
          else walk(at + length, field.of);
        }
      }
      // 3 and 4 open and close a group; its fields are walked like any others. 6 and 7 do not exist.
      else if (wireType > 4) throw broken();
      if (at > end) throw broken();
    }
  }

  function count(number: number, { name, most }: NestedField, seen: Record<number, number>): void {
    if (++total > maxTotal) throw new TooManyMessagesError(`more than ${maxTotal} messages in one frame`);
    if (most === undefined) return;
    const occurrences = (seen[number] ?? 0) + 1;
    seen[number] = occurrences;
    if (occurrences > most) throw new TooManyMessagesError(`more than ${most} ${name} in one frame`);
  }

  /** The low 32 bits, as decoders read tags and lengths; the others matter to no count. */
  function varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw broken();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw broken();
  }
}

function broken(): Error {
  return new Error('not a complete protobuf message');
}
