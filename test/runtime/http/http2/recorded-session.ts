import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type Http2Server,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Direction } from '../../../../runtime/http/http2/handler.ts';
import { random } from '../hpack/record/stories.ts';
import { Tap, type TappedPiece } from '../hpack/record/tap.ts';

/** What the server's application saw of a request, and answered. */
export interface Truth {
  readonly stream: number;
  readonly method: string;
  readonly target: string;
  readonly authority: string;
  /** Regular fields as received, `name: value`. */
  readonly fields: readonly string[];
  body: Buffer;
  readonly status: number;
}

export interface RecordedSession {
  readonly pieces: readonly TappedPiece[];
  readonly truth: readonly Truth[];
}

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];
const statuses = [200, 200, 201, 204, 404, 500];

/** An HTTP/2 server that keeps what its requests were. Its answers vary: interim responses, bodies, trailers. */
export async function startServer(
  seed: number,
): Promise<{ server: Http2Server; truth: Truth[]; port: number }> {
  const next = random(seed);
  const truth: Truth[] = [];
  const server = createServer({
    settings: { maxHeaderListSize: 131_072, headerTableSize: 2048 },
    maxHeaderListPairs: 400,
    paddingStrategy: next() < 0.5 ? constants.PADDING_STRATEGY_MAX : constants.PADDING_STRATEGY_NONE,
  });
  server.on('stream', (stream, headers, _flags, rawHeaders) => {
    const fields = Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
      rawHeaders[index * 2] ?? '',
      rawHeaders[index * 2 + 1] ?? '',
    ]).filter(([name]) => !name?.startsWith(':'));
    const status = statuses[Math.floor(next() * statuses.length)] ?? 200;
    const seen: Truth = {
      stream: stream.id ?? 0,
      method: String(headers[':method']),
      target: String(headers[':path']),
      authority: String(headers[':authority']),
      fields: fields.map(([name, value]) => `${name}: ${value}`),
      body: Buffer.alloc(0),
      status,
    };
    truth.push(seen);
    const parts: Buffer[] = [];
    stream.on('data', (bytes: Buffer) => parts.push(bytes));
    stream.on('error', () => {}); // A client may reset its stream.
    stream.on('end', () => {
      seen.body = Buffer.concat(parts);
      if (stream.destroyed) return;
      if (next() < 0.2) stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
      const trailers = status !== 204 && next() < 0.3;
      stream.respond(
        { ':status': status, 'x-served': `n${Math.floor(next() * 5)}` },
        { waitForTrailers: trailers },
      );
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(status === 204 ? undefined : Buffer.alloc(Math.floor(next() * 40_000), 'r'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, truth, port: (server.address() as AddressInfo).port };
}

/** A real loopback session between Node's client and server, with many shapes of requests. */
export async function recordSession(seed: number, requests: number): Promise<RecordedSession> {
  const next = random(seed);
  const { server, truth, port } = await startServer(seed + 1);
  const tap = new Tap(port);
  const client = connect(`http://127.0.0.1:${await tap.listen()}`, {
    paddingStrategy: next() < 0.5 ? constants.PADDING_STRATEGY_MAX : constants.PADDING_STRATEGY_NONE,
  });
  await once(client, 'remoteSettings');
  for (let sent = 0; sent < requests; ) {
    const batch = Math.min(requests - sent, 1 + Math.floor(next() * 5));
    await Promise.all(Array.from({ length: batch }, () => sendRequest(client, next)));
    sent += batch;
  }
  client.close();
  await once(client, 'close');
  server.close();
  await once(server, 'close');
  await tap.close();
  return { pieces: tap.connections[0]?.pieces ?? [], truth };
}

async function sendRequest(client: ClientHttp2Session, next: () => number): Promise<void> {
  const method = methods[Math.floor(next() * methods.length)] ?? 'GET';
  const headers: OutgoingHttpHeaders = {
    ':method': method,
    ':path': `/items/${Math.floor(next() * 30)}?q=${Math.floor(next() * 3)}`,
    'x-token': `t${Math.floor(next() * 4)}`,
    'x-id': String(Math.floor(next() * 1e9)),
  };
  if (next() < 0.1) headers['x-large'] = 'v'.repeat(10_000 + Math.floor(next() * 6000)); // a field of its own frame
  if (next() < 0.1) for (let index = 0; index < 5; index++) headers[`x-many-${index}`] = 'w'.repeat(9000);
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const stream = client.request(headers, { endStream: !hasBody, waitForTrailers: hasBody && next() < 0.2 });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-checksum': '1' }));
  stream.resume();
  if (hasBody) {
    for (let part = Math.floor(next() * 4); part > 0; part--) {
      stream.write(Buffer.alloc(1 + Math.floor(next() * 20_000), `b${part}`));
    }
    stream.end();
  }
  await once(stream, 'close');
}

/** All of one side's bytes. */
export function bytesOf(session: RecordedSession, direction: Direction): Buffer {
  return Buffer.concat(
    session.pieces.filter(piece => piece.direction === direction).map(({ bytes }) => bytes),
  );
}
