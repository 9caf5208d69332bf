import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { until } from '../support.ts';
import { digest, megabyte, type SentExchange, type TrafficOptions } from './traffic.ts';

interface Request {
  readonly method: string;
  readonly target: string;
  readonly body?: string;
}

/** A connection written to by hand. */
class Wire {
  readonly client: string;
  received = '';
  readonly #socket: Socket;
  readonly #transport: Socket;
  readonly #closed: Promise<unknown>;

  private constructor(socket: Socket, transport: Socket) {
    this.#socket = socket;
    this.#transport = transport;
    transport.on('error', () => {});
    this.client = `127.0.0.1:${transport.localPort}`;
    // The server's end of the connection is enough: the client's follows.
    this.#closed = new Promise(resolve => {
      for (const event of ['end', 'close']) socket.on(event, resolve);
      transport.on('close', resolve);
    });
    socket.on('error', () => {});
    socket.on('data', chunk => {
      this.received += chunk.toString('latin1');
    });
  }

  static async open({ port, secure }: TrafficOptions): Promise<Wire> {
    const transport = connect(port, '127.0.0.1');
    transport.setNoDelay(true);
    const socket = secure
      ? connectTls({ socket: transport, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
      : transport;
    await once(socket, secure ? 'secureConnect' : 'connect');
    return new Wire(socket, transport);
  }

  async write(text: string): Promise<void> {
    if (!this.#socket.write(text, 'latin1')) await Promise.race([once(this.#socket, 'drain'), this.#closed]);
  }

  /** Waits until something has come that `pattern` finds. */
  async sees(pattern: RegExp): Promise<void> {
    await until(`${pattern} from the server`, () => {
      if (!pattern.test(this.received) && this.#socket.destroyed)
        throw new Error(
          `closed before ${pattern} came, after ${JSON.stringify(this.received.slice(0, 500))}`,
        );
      return pattern.test(this.received);
    });
  }

  async closed(): Promise<void> {
    await this.#closed;
  }

  reset(): void {
    this.#transport.resetAndDestroy();
  }

  /** Without waiting for the server. */
  leave(): void {
    this.#transport.destroy();
  }

  /** The final responses that came, with their requests. */
  exchanges(requests: readonly Request[]): SentExchange[] {
    const statuses = [...this.received.matchAll(/HTTP\/1\.[01] (101|[2-5]\d\d)/g)].map(match =>
      Number(match[1]),
    );
    return requests.map(({ method, target, body = '' }, index) => ({
      client: this.client,
      method,
      target,
      body: digest(body),
      status: statuses[index] ?? 0,
    }));
  }
}

type Habit = (options: TrafficOptions) => Promise<SentExchange[]>;

const close = 'Host: localhost\r\nConnection: close\r\n';

/** Sends `pieces`, and reads until the server closes. */
async function send(
  options: TrafficOptions,
  requests: readonly Request[],
  pieces: Iterable<string>,
): Promise<SentExchange[]> {
  const wire = await Wire.open(options);
  for (const piece of pieces) {
    await wire.write(piece);
    await new Promise(resolve => setImmediate(resolve));
  }
  await wire.closed();
  return wire.exchanges(requests);
}

function simple(name: string, method: string, head: string, query = ''): Habit {
  return options => {
    const target = `/${options.label}/${name}${query}`;
    return send(options, [{ method, target }], [`${method} ${target} ${head}\r\n`]);
  };
}

function chunked(body: string): string {
  const pieces = body.match(/[\s\S]{1,50000}/g) ?? [];
  return `${pieces.map(piece => `${piece.length.toString(16)};a=b\r\n${piece}\r\n`).join('')}0\r\nx-trailer: 1\r\n\r\n`;
}

const large = Buffer.alloc(megabyte, 'a megabyte, ').toString();

/** Content that is sent when the server has said that it wants it (RFC 9110 §10.1.1). */
function expecting(name: string, framing: string, encode: (body: string) => string): Habit {
  return async options => {
    const target = `/${options.label}/${name}`;
    const wire = await Wire.open(options);
    await wire.write(`PUT ${target} HTTP/1.1\r\n${close}Expect: 100-continue\r\n${framing}\r\n\r\n`);
    await wire.sees(/^HTTP\/1\.1 100 /);
    await wire.write(encode(large));
    await wire.closed();
    return wire.exchanges([{ method: 'PUT', target, body: large }]);
  };
}

/** What clients and servers of HTTP/1 do less often; each over a connection of its own. */
export const habits: Record<string, Habit> = {
  http10: simple('http10', 'GET', 'HTTP/1.0\r\nHost: localhost\r\n'),
  close: simple('close', 'GET', `HTTP/1.1\r\n${close}`),
  head: simple('head', 'HEAD', `HTTP/1.1\r\n${close}`),
  noContent: simple('no-content', 'GET', `HTTP/1.1\r\n${close}`, '?status=204'),
  notModified: simple('not-modified', 'GET', `HTTP/1.1\r\n${close}`, '?status=304'),
  chunkedResponse: simple('response', 'GET', `HTTP/1.1\r\n${close}`, '?chunked'),
  expectLength: expecting('expect-length', `Content-Length: ${megabyte}`, body => body),
  expectChunked: expecting('expect-chunked', 'Transfer-Encoding: chunked', chunked),
  trailers: options => {
    const request = { method: 'POST', target: `/${options.label}/trailers`, body: large };
    const head = `POST ${request.target} HTTP/1.1\r\n${close}Transfer-Encoding: chunked\r\nTrailer: x-trailer\r\n\r\n`;
    return send(options, [request], [head, chunked(large)]);
  },
  byteByByte: options => {
    const request = { method: 'POST', target: `/${options.label}/bytes`, body: 'one by one' };
    const text = `POST ${request.target} HTTP/1.1\r\n${close}Content-Length: 10\r\n\r\n${request.body}`;
    return send(options, [request], text);
  },
  /** Responses without content among others, whose lengths only their requests tell. */
  pipelinedKinds: options => {
    const requests = ['GET', 'HEAD', 'GET', 'HEAD', 'GET', 'GET'].map((method, index) => ({
      method,
      target: `/${options.label}/kinds/${index}${['?status=304', '', '', '?status=304', '?status=204', ''][index]}`,
    }));
    const text = requests.map(({ method, target }, index) => {
      const last = index === requests.length - 1 ? 'Connection: close\r\n' : '';
      return `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${last}\r\n`;
    });
    return send(options, requests, [text.join('')]);
  },
  upgrade: async options => {
    const target = `/${options.label}/upgrade`;
    const wire = await Wire.open(options);
    await wire.write(
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await wire.sees(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/);
    // A text frame with something that is no request.
    await wire.write('\x81\x1eGET /not-a-request HTTP/1.1\r\n\r\n');
    await wire.sees(/not-a-request/);
    wire.leave();
    return wire.exchanges([{ method: 'GET', target }]);
  },
};

/** Short connections, one request each, `atOnce` at a time. */
export async function shortConnections(
  options: TrafficOptions,
  count: number,
  atOnce = 16,
): Promise<SentExchange[][]> {
  const log: SentExchange[][] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) {
        const index = next++;
        log.push(await simple(`short/${index}`, 'GET', `HTTP/1.1\r\n${close}`)(options));
      }
    }),
  );
  return log;
}

/** Connections that the client resets: in the middle of a request, and after the response. What was answered. */
export async function abrupt(options: TrafficOptions, count: number): Promise<SentExchange[][]> {
  const log: SentExchange[][] = [];
  for (let index = 0; index < count; index++) {
    const target = `/${options.label}/abrupt/${index}`;
    const whole = await Wire.open(options);
    await whole.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await whole.sees(/\r\n\r\n[\s\S]*ok\n|HTTP\/1\.1 [345]/);
    whole.reset();
    log.push(whole.exchanges([{ method: 'GET', target }]));
    const half = await Wire.open(options);
    await half.write(`POST ${target}/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf`);
    half.reset();
    await half.closed();
  }
  return log;
}
