import { frameFlag, frameType } from '../../../../runtime/http/http2/frame-header.ts';
import { connectionPreface } from '../../../../runtime/http/http2/preface.ts';

/** One frame, RFC 9113 §4.1. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

function literalString(text: string): Buffer {
  const octets = Buffer.from(text, 'latin1');
  const length = octets.length < 127 ? [octets.length] : [127, ...varint(octets.length - 127)];
  return Buffer.concat([Buffer.from(length), octets]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >> 7)];
}

/** A header block of literals that are not indexed, or inserted into the table when `indexed`. */
export function block(fields: readonly (readonly [string, string])[], indexed = false): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [
      Buffer.from([indexed ? 0x40 : 0x00]),
      literalString(name),
      literalString(value),
    ]),
  );
}

export function headers(
  stream: number,
  fields: readonly (readonly [string, string])[],
  endStream = false,
): Buffer {
  return frame(
    frameType.headers,
    frameFlag.endHeaders | (endStream ? frameFlag.endStream : 0),
    stream,
    block(fields),
  );
}

export function request(stream: number, path: string, endStream = true, method = 'GET'): Buffer {
  const fields = [
    [':method', method],
    [':scheme', 'http'],
    [':authority', 'example.com'],
    [':path', path],
  ] as const;
  return headers(stream, fields, endStream);
}

export function response(stream: number, status: string, endStream = true): Buffer {
  return headers(stream, [[':status', status]], endStream);
}

export function data(stream: number, content: string | Buffer, endStream = false): Buffer {
  return frame(frameType.data, endStream ? frameFlag.endStream : 0, stream, Buffer.from(content));
}

export function settings(parameters: readonly (readonly [number, number])[] = []): Buffer {
  const payload = Buffer.alloc(parameters.length * 6);
  parameters.forEach(([identifier, value], index) => {
    payload.writeUInt16BE(identifier, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  });
  return frame(frameType.settings, 0, 0, payload);
}

export const settingsAck = frame(frameType.settings, frameFlag.ack, 0);

/** What a client sends first, RFC 9113 §3.4. */
export const clientStart = Buffer.concat([connectionPreface, settings()]);
