import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import https from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { randomNumbers } from '../http2-frames.ts';

/** What a client did: the truth that a capture is compared with. */
export interface SentExchange {
  /** `127.0.0.1:port` of the client's end. */
  readonly client: string;
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly status: number;
}

export interface TrafficOptions {
  readonly port: number;
  readonly secure: boolean;
  /** Also these, where the server can. @default true */
  readonly pipelined?: boolean;
  /** Content in HTTP/2 requests. @default true */
  readonly bodies?: boolean;
  /** Distinguishes targets of several runs. */
  readonly label: string;
}

export const megabyte = 1 << 20;

export function digest(body: Buffer | string): string {
  return body.length === 0
    ? ''
    : `${body.length}:${createHash('sha256').update(body).digest('hex').slice(0, 16)}`;
}

function bodyOf(connection: number, request: number): string {
  const length = [0, 10, 0, 5000, 0, 70_000][(connection + request) % 6] ?? 0;
  return `${connection}/${request};`.repeat(length).slice(0, length);
}

async function open(port: number, secure: boolean): Promise<Socket> {
  const socket = secure
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    : connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, secure ? 'secureConnect' : 'connect');
  return socket;
}

/** One after the other over one connection, with and without content, some of it chunked. */
export async function keepAlive(
  options: TrafficOptions,
  connection: number,
  count = 8,
): Promise<SentExchange[]> {
  const { port, secure, label } = options;
  const agent = secure
    ? new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
    : new http.Agent({ keepAlive: true, maxSockets: 1 });
  const log: SentExchange[] = [];
  for (let index = 0; index < count; index++) {
    const body = bodyOf(connection, index);
    const target = `/${label}/keep-alive/${connection}/${index}?x=${'q'.repeat(index * 20)}`;
    const method = body ? 'POST' : index % 3 === 2 ? 'HEAD' : 'GET';
    const request = (secure ? https : http).request({ host: '127.0.0.1', port, path: target, method, agent });
    if (index % 2 === 0 && body) request.setHeader('content-length', body.length);
    // Without a length Node sends chunks.
    for (let at = 0; at < body.length; at += 20_000) request.write(body.slice(at, at + 20_000));
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const client = `127.0.0.1:${response.socket.localPort}`;
    response.resume();
    await once(response, 'end');
    log.push({ client, method, target, body: digest(body), status: response.statusCode ?? 0 });
  }
  agent.destroy();
  return log;
}

/** Writes `pieces` and reads to the end of the connection. */
async function raw(
  options: TrafficOptions,
  requests: readonly { method: string; target: string; body: string }[],
  cut: (text: string) => string[],
): Promise<SentExchange[]> {
  const socket = await open(options.port, options.secure);
  const client = `127.0.0.1:${socket.localPort}`;
  let received = '';
  socket.on('data', chunk => {
    received += chunk.toString('latin1');
  });
  const closed = once(socket, 'close');
  const text = requests
    .map(({ method, target, body }, index) => {
      const last = index === requests.length - 1 ? 'Connection: close\r\n' : '';
      const length = body ? `Content-Length: ${body.length}\r\n` : '';
      return `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${length}${last}\r\n${body}`;
    })
    .join('');
  for (const piece of cut(text)) {
    if (!socket.write(piece)) await once(socket, 'drain');
    // A turn of the event loop, so that the server reads what there is.
    await new Promise(resolve => setImmediate(resolve));
  }
  await closed;
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)]
    .map(match => Number(match[1]))
    .filter(one => one >= 200);
  return requests.map(({ method, target, body }, index) => ({
    client,
    method,
    target,
    body: digest(body),
    status: statuses[index] ?? 0,
  }));
}

/** Requests in shreds of 1 to 40 bytes. */
export function fragmented(options: TrafficOptions, connection: number): Promise<SentExchange[]> {
  const random = randomNumbers(connection + 1);
  const requests = Array.from({ length: 4 }, (_, index) => ({
    method: index % 2 ? 'POST' : 'GET',
    target: `/${options.label}/fragmented/${connection}/${index}`,
    body: index % 2 ? `fragment ${connection} ${index} `.repeat(20) : '',
  }));
  return raw(options, requests, text => {
    const pieces = [];
    for (let at = 0; at < text.length; ) {
      const length = 1 + Math.floor(random() * 40);
      pieces.push(text.slice(at, at + length));
      at += length;
    }
    return pieces;
  });
}

/** Ten requests in one write. */
export function pipelined(options: TrafficOptions, connection: number): Promise<SentExchange[]> {
  const requests = Array.from({ length: 10 }, (_, index) => ({
    method: 'GET',
    target: `/${options.label}/pipelined/${connection}/${index}`,
    body: '',
  }));
  return raw(options, requests, text => [text]);
}

export function upload(options: TrafficOptions): Promise<SentExchange[]> {
  const body = Buffer.alloc(megabyte, 'upload of one MiB, ').toString();
  const request = { method: 'POST', target: `/${options.label}/upload`, body };
  return raw(options, [request], text => [text]);
}

/** Streams side by side in one session. */
export async function http2(options: TrafficOptions, connection: number, count = 8): Promise<SentExchange[]> {
  const session = connectHttp2(`${options.secure ? 'https' : 'http'}://127.0.0.1:${options.port}`, {
    rejectUnauthorized: false,
  });
  await once(session, 'connect');
  const client = `127.0.0.1:${session.socket.localPort}`;
  const log = await Promise.all(
    Array.from({ length: count }, async (_, index): Promise<SentExchange> => {
      const body =
        options.bodies === false
          ? ''
          : index === 3 && connection === 0
            ? Buffer.alloc(megabyte, 'two').toString()
            : bodyOf(connection, index);
      const method = body ? 'POST' : 'GET';
      const target = `/${options.label}/h2/${connection}/${index}`;
      const stream = session.request(
        { ':method': method, ':path': target, 'x-number': String(index) },
        { endStream: body === '' },
      );
      if (body) stream.end(body);
      const [headers] = await once(stream, 'response');
      stream.resume();
      await once(stream, 'end');
      return { client, method, target, body: digest(body), status: headers[':status'] };
    }),
  );
  session.close();
  await once(session, 'close');
  return log;
}

/** Everything of HTTP/1.1, side by side; one list per connection, in the order of its requests. */
export async function http1Traffic(options: TrafficOptions): Promise<SentExchange[][]> {
  const work = [0, 1, 2, 3, 4, 5].map(connection => keepAlive(options, connection));
  work.push(fragmented(options, 0), fragmented(options, 1), upload(options));
  if (options.pipelined !== false) work.push(pipelined(options, 0), pipelined(options, 1));
  return Promise.all(work);
}

export async function http2Traffic(options: TrafficOptions): Promise<SentExchange[][]> {
  return Promise.all([0, 1, 2].map(connection => http2(options, connection)));
}
