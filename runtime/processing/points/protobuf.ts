// Protobuf without a schema (https://protobuf.dev/programming-guides/encoding): `1.3` is field 3 of the message in
// field 1. What a length-delimited field holds is a guess: text, else a message, else octets.
import { Location } from '../../protocol/generated/findings.ts';
import { maxDepth, maxValues } from '../limits.ts';
import { formatOf } from '../value-type.ts';
import type { PointSink } from './point-sink.ts';

export type ProtobufResult = 'complete' | 'invalid' | 'too-deep' | 'too-many-values';

/** Field numbers beyond are legal, but no schema reaches them; guesses that need them are wrong. */
const maxFieldNumber = 1 << 19;

interface Field {
  number: number;
  wireType: number;
  /** Of wire types 0 (low 53 bits), 1 and 5. */
  value: number;
  bytes: Buffer;
}

/** Fields in order; undefined when the bytes are no complete message or have more than `room` fields. */
function parse(bytes: Buffer, room: number): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined || fields.length >= room) return undefined;
    const wireType = tag % 8;
    const number = Math.floor(tag / 8);
    if (number === 0 || number > maxFieldNumber) return undefined;
    const field: Field = { number, wireType, value: 0, bytes: empty };
    if (wireType === 0) {
      const value = varint();
      if (value === undefined) return undefined;
      field.value = value;
    } else if (wireType === 1 || wireType === 5) {
      const size = wireType === 1 ? 8 : 4;
      if (at + size > bytes.length) return undefined;
      field.value = wireType === 1 ? bytes.readDoubleLE(at) : bytes.readFloatLE(at);
      at += size;
    } else if (wireType === 2) {
      const length = varint();
      if (length === undefined || at + length > bytes.length) return undefined;
      field.bytes = bytes.subarray(at, at + length);
      at += length;
    } else return undefined; // groups are obsolete, 6 and 7 do not exist
    fields.push(field);
  }
  return fields;

  function varint(): number | undefined {
    let value = 0;
    for (let shift = 1, length = 0; length < 10; shift *= 128, length++) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }
}

const empty = Buffer.alloc(0);

/** Names are field numbers. Repeated fields have one name: without a schema they look like single ones. */
export function readProtobuf(bytes: Buffer, into: PointSink): ProtobufResult {
  let room = maxValues;
  let result: ProtobufResult = 'complete';
  const first = parse(bytes, room);
  if (first === undefined) return 'invalid';
  const pending = [{ path: '', fields: first, depth: 0 }];
  room -= first.length;
  for (let message = pending.pop(); message !== undefined; message = pending.pop())
    for (const field of message.fields) {
      const path = message.path === '' ? String(field.number) : `${message.path}.${field.number}`;
      if (field.wireType !== 2) addNumber(into, path, field);
      else {
        const text = textOf(field.bytes);
        if (text !== undefined) {
          into.add(Location.BODY, path, text === '' ? undefined : formatOf(text), text);
          continue;
        }
        const nested = room > 0 ? parse(field.bytes, room) : undefined;
        if (nested === undefined || nested.length === 0) into.add(Location.BODY, path, 'binary', '');
        else if (message.depth >= maxDepth) result = 'too-deep';
        else {
          room -= nested.length;
          pending.push({ path, fields: nested, depth: message.depth + 1 });
        }
      }
    }
  return room <= 0 ? 'too-many-values' : result;
}

function addNumber(into: PointSink, path: string, { wireType, value }: Field): void {
  // A varint is an integer, a boolean or an enum; ten bytes are a negative integer.
  if (wireType === 0) into.add(Location.BODY, path, value <= 0x7fffffff ? 'int32' : 'int64', String(value));
  else into.add(Location.BODY, path, wireType === 1 ? 'double' : 'float', String(value));
}

/** UTF-8 without control characters but white space, or undefined. */
function textOf(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return '';
  // The first byte of most messages is a control character (a tag), of no text but white space.
  for (let at = 0; at < Math.min(bytes.length, 64); at++) {
    const byte = bytes[at] ?? 0;
    if ((byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 0x7f) return undefined;
  }
  try {
    const text = utf8.decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
