import { type HeaderField, type HeaderFields, RawFields } from '../../http/header-fields.ts';
import { Exchange, Process } from '../../protocol/generated/mirror.ts';
import type { AssembledExchange, ConnectionFacts } from '../exchange/assembled-exchange.ts';

/** Wire types of the protobuf encoding. */
const varint = 0;
const delimited = 2;

/** Tag of a field, one byte for all used here. */
const tag = (field: number, type: typeof varint | typeof delimited): number => (field << 3) | type;

/** Field numbers of mirror.proto. */
const batchExchanges = tag(2, delimited);
const exchangeTags = {
  timeUs: tag(2, varint),
  durationUs: tag(3, varint),
  protocol: tag(7, varint),
  request: tag(8, delimited),
  response: tag(9, delimited),
  lostBytes: tag(10, varint),
  process: tag(11, delimited),
} as const;
const requestTags = {
  method: tag(1, delimited),
  target: tag(2, delimited),
  headers: tag(3, delimited),
  body: tag(4, delimited),
  truncated: tag(5, varint),
  authority: tag(6, delimited),
} as const;
const responseTags = { status: tag(1, varint), headers: tag(2, delimited) } as const;
const headerTags = { name: tag(1, delimited), value: tag(2, delimited) } as const;

const initialBytes = 64 * 1024;
/** From here on the native copy is faster than a loop. */
const nativeCopyBytes = 48;

/**
 * Encodes exchanges as the `exchanges` field of mirror.proto's Batch, one after the other into one buffer. The
 * generated encoder does the same in five times the time, and this is the largest part of the agent's user space.
 */
export class ExchangeEncoder {
  #bytes = Buffer.allocUnsafeSlow(initialBytes);
  #at = 0;

  /** Bytes encoded since the last take. */
  get length(): number {
    return this.#at;
  }

  append(exchange: AssembledExchange): void {
    const request = requestSize(exchange);
    const response = responseSize(exchange);
    const shared = sharedFields(exchange.facts);
    const timeUs = bounded(exchange.head.firstByteTime);
    const durationUs = bounded(exchange.durationUs);
    const lostBytes = bounded(exchange.lostBytes);
    const process = processBytes(exchange);
    const size =
      shared.length +
      varintField(timeUs) +
      varintField(durationUs) +
      2 +
      nested(request) +
      (response < 0 ? 0 : nested(response)) +
      varintField(lostBytes) +
      nested(process.length);
    this.#reserve(6 + size);
    this.#byte(batchExchanges);
    this.#varint(size);
    this.#copy(shared, 0, shared.length);
    this.#number(exchangeTags.timeUs, timeUs);
    this.#number(exchangeTags.durationUs, durationUs);
    this.#byte(exchangeTags.protocol);
    this.#byte(exchange.head.protocol);
    this.#byte(exchangeTags.request);
    this.#varint(request);
    this.#request(exchange);
    if (response >= 0) {
      this.#byte(exchangeTags.response);
      this.#varint(response);
      this.#response(exchange);
    }
    this.#number(exchangeTags.lostBytes, lostBytes);
    this.#byte(exchangeTags.process);
    this.#varint(process.length);
    this.#copy(process, 0, process.length);
  }

  /** What was encoded since the last take, in a buffer of its own. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#at);
    this.#bytes.copy(taken, 0, 0, this.#at);
    this.#at = 0;
    // One large exchange does not keep its memory for ever.
    if (this.#bytes.length > 4 * 1024 * 1024) this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
    return taken;
  }

  #request({ head, body, truncated }: AssembledExchange): void {
    this.#text(requestTags.method, head.method);
    this.#text(requestTags.target, head.target);
    this.#fields(requestTags.headers, head.fields);
    if (body.length > 0) {
      this.#byte(requestTags.body);
      this.#varint(body.length);
      this.#copy(body, 0, body.length);
    }
    if (truncated) {
      this.#byte(requestTags.truncated);
      this.#byte(1);
    }
    this.#text(requestTags.authority, head.authority);
  }

  #response({ response }: AssembledExchange): void {
    if (response === undefined) return;
    this.#number(responseTags.status, response.status);
    this.#fields(responseTags.headers, response.fields);
  }

  #fields(fieldTag: number, fields: HeaderFields): void {
    if (fields instanceof RawFields && fields.asciiNames) this.#rawFields(fieldTag, fields);
    else for (const field of fields) this.#field(fieldTag, field);
  }

  #rawFields(fieldTag: number, { bytes, offsets }: RawFields): void {
    for (let at = 0; at < offsets.length; at += 4) {
      const nameStart = offsets[at] as number;
      const nameEnd = offsets[at + 1] as number;
      const valueStart = offsets[at + 2] as number;
      const valueEnd = offsets[at + 3] as number;
      this.#byte(fieldTag);
      this.#varint(delimitedField(nameEnd - nameStart) + delimitedField(valueEnd - valueStart));
      this.#byte(headerTags.name);
      this.#varint(nameEnd - nameStart);
      this.#copy(bytes, nameStart, nameEnd);
      if (valueEnd === valueStart) continue;
      this.#byte(headerTags.value);
      this.#varint(valueEnd - valueStart);
      this.#copy(bytes, valueStart, valueEnd);
    }
  }

  #field(fieldTag: number, { name, value }: HeaderField): void {
    this.#byte(fieldTag);
    this.#varint(fieldSize(name, value));
    this.#text(headerTags.name, name);
    if (value.length === 0) return;
    this.#byte(headerTags.value);
    this.#varint(value.length);
    this.#copy(value, 0, value.length);
  }

  #text(fieldTag: number, text: string): void {
    if (text.length === 0) return;
    const length = utf8Bytes(text);
    this.#byte(fieldTag);
    this.#varint(length);
    if (length !== text.length) this.#bytes.write(text, this.#at, 'utf8');
    else if (length >= nativeCopyBytes) this.#bytes.write(text, this.#at, 'latin1');
    else for (let index = 0; index < length; index++) this.#bytes[this.#at + index] = text.charCodeAt(index);
    this.#at += length;
  }

  /** proto3 leaves zero out. */
  #number(fieldTag: number, value: number): void {
    if (value === 0) return;
    this.#byte(fieldTag);
    this.#varint(value);
  }

  #byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  /** A whole number from 0 to 2^53 − 1. */
  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  #copy(source: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    const length = end - start;
    if (length >= nativeCopyBytes) bytes.set(source.subarray(start, end), this.#at);
    else
      for (let index = 0; index < length; index++) bytes[this.#at + index] = source[start + index] as number;
    this.#at += length;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#at + bytes, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** What a receiver reads back: sums of what damaged records say may lie beyond. */
function bounded(value: number): number {
  return Math.min(Math.max(0, value), Number.MAX_SAFE_INTEGER);
}

function requestSize({ head, body, truncated }: AssembledExchange): number {
  return (
    delimitedField(utf8Bytes(head.method)) +
    delimitedField(utf8Bytes(head.target)) +
    fieldsSize(head.fields) +
    delimitedField(body.length) +
    (truncated ? 2 : 0) +
    delimitedField(utf8Bytes(head.authority))
  );
}

/** −1 when there is none. */
function responseSize({ response }: AssembledExchange): number {
  return response === undefined ? -1 : varintField(response.status) + fieldsSize(response.fields);
}

function fieldsSize(fields: HeaderFields): number {
  let size = 0;
  if (fields instanceof RawFields && fields.asciiNames) {
    const { offsets } = fields;
    for (let at = 0; at < offsets.length; at += 4) {
      const nameBytes = (offsets[at + 1] as number) - (offsets[at] as number);
      const valueBytes = (offsets[at + 3] as number) - (offsets[at + 2] as number);
      size += nested(delimitedField(nameBytes) + delimitedField(valueBytes));
    }
    return size;
  }
  for (const { name, value } of fields) size += nested(fieldSize(name, value));
  return size;
}

function fieldSize(name: string, value: Buffer): number {
  return delimitedField(utf8Bytes(name)) + delimitedField(value.length);
}

/** Tag, length and content of a nested message, which is there even when it is empty. */
function nested(bytes: number): number {
  return 1 + varintBytes(bytes) + bytes;
}

/** The same for a string or bytes field, which proto3 leaves out when it is empty. */
function delimitedField(bytes: number): number {
  return bytes === 0 ? 0 : nested(bytes);
}

function varintField(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80))
    bytes++;
  return bytes;
}

/** Lone surrogates count as the replacement character that they are written as. */
function utf8Bytes(text: string): number {
  for (let index = 0; index < text.length; index++)
    if (text.charCodeAt(index) > 0x7f) return Buffer.byteLength(text, 'utf8');
  return text.length;
}

const sharedByFacts = new WeakMap<ConnectionFacts, Uint8Array>();

/** What is the same in every exchange of a connection, encoded once. */
function sharedFields(facts: ConnectionFacts): Uint8Array {
  let encoded = sharedByFacts.get(facts);
  if (encoded === undefined) {
    encoded = Exchange.encode({ ...Exchange.create(), ...facts }).finish();
    sharedByFacts.set(facts, encoded);
  }
  return encoded;
}

const processMessages = new WeakMap<Process, Uint8Array>();

function processBytes({ process }: AssembledExchange): Uint8Array {
  let encoded = processMessages.get(process);
  if (encoded === undefined) {
    encoded = Process.encode(process).finish();
    processMessages.set(process, encoded);
  }
  return encoded;
}
