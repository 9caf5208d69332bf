import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

export interface SentRequest {
  readonly path: string;
  readonly body: string;
}

/** One keep-alive connection and what was sent over it. */
export class Client {
  readonly sent: SentRequest[] = [];
  readonly #agent: http.Agent;
  readonly #secure: boolean;
  readonly #port: number;
  localPort = 0;

  constructor(port: number, secure: boolean) {
    this.#port = port;
    this.#secure = secure;
    this.#agent = secure
      ? new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
      : new http.Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** Sends a request and resolves with the length of the response body. */
  async send(path: string, body = ''): Promise<number> {
    this.sent.push({ path, body });
    const request = (this.#secure ? https : http).request({
      host: '127.0.0.1',
      port: this.#port,
      path,
      method: body ? 'POST' : 'GET',
      agent: this.#agent,
      headers: body ? { 'content-length': Buffer.byteLength(body) } : {},
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const socket = response.socket as Socket;
    if (this.localPort !== 0 && this.localPort !== socket.localPort)
      throw new Error('the connection was not kept');
    this.localPort = socket.localPort ?? 0;
    let bytes = 0;
    for await (const chunk of response) bytes += chunk.length;
    return bytes;
  }

  /** What the server must have read: Node writes these headers in this order. */
  get expectedRequests(): string {
    return this.sent
      .map(({ path, body }) => {
        const length = body ? `content-length: ${Buffer.byteLength(body)}\r\n` : '';
        const method = body ? 'POST' : 'GET';
        return `${method} ${path} HTTP/1.1\r\n${length}Host: 127.0.0.1:${this.#port}\r\nConnection: keep-alive\r\n\r\n${body}`;
      })
      .join('');
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The same order on every run (mulberry32), so that a failure can be repeated. */
export function shuffled<T>(items: readonly T[], seed = 1): T[] {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

/** `requestsEach` requests over each of `count` connections, shuffled, several under way at once. */
export async function shuffledTraffic(
  port: number,
  secure: boolean,
  count: number,
  requestsEach: number,
  bodyOf: (connection: number, request: number) => string = () => '',
): Promise<Client[]> {
  const clients = Array.from({ length: count }, () => new Client(port, secure));
  // All connections are open before the shuffled part begins.
  await Promise.all(clients.map((client, index) => client.send(`/open/${index}`)));
  for (let request = 0; request < requestsEach; request++) {
    const order = shuffled(clients, request + 1);
    for (let start = 0; start < order.length; start += 8) {
      await Promise.all(
        order.slice(start, start + 8).map(client => {
          const index = clients.indexOf(client);
          return client.send(`/c/${index}/r/${request}?port=${client.localPort}`, bodyOf(index, request));
        }),
      );
    }
  }
  return clients;
}
