import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  sensitiveHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { headerBlocks } from './header-blocks.ts';
import type { RecordedField, Recording, Sequence } from './sequence.ts';
import { type StoryField, StoryWriter } from './stories.ts';
import { Tap, written } from './tap.ts';

/** The fields of one block as Node's HTTP/2 hands them over: `rawHeaders` and the names it marks as sensitive. */
export function received(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): RecordedField[] {
  const sensitive: unknown = headers[sensitiveHeaders as unknown as string];
  const names = new Set(Array.isArray(sensitive) ? sensitive : []);
  return Array.from({ length: rawHeaders.length / 2 }, (_, index): RecordedField => {
    const name = rawHeaders[index * 2] ?? '';
    return [name, rawHeaders[index * 2 + 1] ?? '', names.has(name)];
  });
}

/** The form in which Node's HTTP/2 takes headers to send. */
export function outgoing(fields: readonly StoryField[]): OutgoingHttpHeaders {
  return {
    ...Object.fromEntries(fields.map(([name, value]) => [name, value])),
    [sensitiveHeaders]: fields.filter(([, , never]) => never).map(([name]) => name),
  } as OutgoingHttpHeaders;
}

/** Joins recorded blocks with their meaning; both in order. */
export function sequence(
  encoder: string,
  blocks: readonly Buffer[],
  meanings: readonly RecordedField[][],
): Sequence {
  if (blocks.length !== meanings.length) {
    throw new Error(`${encoder}: ${blocks.length} header blocks recorded, ${meanings.length} received`);
  }
  return { encoder, blocks: blocks.map((block, index) => ({ block, fields: meanings[index] ?? [] })) };
}

/** One request on an open session; resolves with the response's fields when the stream has closed. */
export async function exchange(
  client: ClientHttp2Session,
  fields: readonly StoryField[],
): Promise<RecordedField[]> {
  const stream = client.request(outgoing(fields), { endStream: true });
  let response: RecordedField[] = [];
  stream.on('response', (headers, _flags, rawHeaders) => {
    response = received(headers, rawHeaders as unknown as string[]);
  });
  stream.resume();
  await once(stream, 'close');
  return response;
}

/** Changes SETTINGS_HEADER_TABLE_SIZE of one side and waits until the other has acknowledged it. */
async function changeTableSize(session: Http2Session, headerTableSize: number): Promise<void> {
  const acknowledged = once(session, 'localSettings');
  session.settings({ headerTableSize });
  await acknowledged;
}

/**
 * Real loopback sessions between Node's HTTP/2 client and server: each gives a sequence of requests and one of
 * responses. Both sides change the other's table size on the way.
 */
export async function recordNode(sessions: number, seed: number): Promise<Recording> {
  const sequences: Sequence[] = [];
  for (let number = 0; number < sessions; number++) {
    sequences.push(...(await recordSession(new StoryWriter(seed + number, false))));
  }
  return {
    encoder: 'node',
    version: `${process.versions.node} (nghttp2 ${process.versions.nghttp2})`,
    sequences,
  };
}

async function recordSession(writer: StoryWriter): Promise<Sequence[]> {
  const shared = writer.custom(4);
  const [serverSize = 4096] = writer.sizes();
  const [clientSize = 4096] = writer.sizes();
  const requests: RecordedField[][] = [];
  const server = createServer({
    settings: { headerTableSize: serverSize },
    maxDeflateDynamicTableSize: 65_536,
  });
  let serverSession: Http2Session | undefined;
  server.on('session', session => {
    serverSession = session;
  });
  server.on('stream', (stream, headers, _flags, rawHeaders) => {
    requests.push(received(headers, rawHeaders));
    stream.respond(outgoing(writer.response(shared)), { endStream: true });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const tap = new Tap((server.address() as AddressInfo).port);
  const client = connect(`http://127.0.0.1:${await tap.listen()}`, {
    settings: { headerTableSize: clientSize },
    maxDeflateDynamicTableSize: 65_536,
  });
  await once(client, 'remoteSettings');
  const responses: RecordedField[][] = [];
  const count = 3 + writer.sizes().length * 3;
  for (let index = 0; index < count; index++) {
    responses.push(await exchange(client, writer.request(shared)));
    if (index % 4 === 2 && serverSession !== undefined) {
      await changeTableSize(index % 8 === 2 ? client : serverSession, writer.sizes()[0] ?? 0);
    }
  }
  client.close();
  await once(client, 'close');
  server.close();
  await once(server, 'close');
  await tap.close();
  const connection = tap.connections[0];
  if (connection === undefined) throw new Error('node: the session did not pass through the tap');
  return [
    sequence('node', headerBlocks(written(connection, 'request'), true), requests),
    sequence('node', headerBlocks(written(connection, 'response'), false), responses),
  ];
}
