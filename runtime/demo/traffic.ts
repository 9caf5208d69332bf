// What the demo's clients ask, always the same: 240 requests that count, and a few that must not.
import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { apiHost } from './nginx.ts';

export type PlannedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

const json = { 'content-type': 'application/json' };
const slugs = [
  'blue-mug',
  'red-lamp',
  'oak-table',
  'wool-blanket',
  'desk-fan',
  'paper-clips',
  'green-chair',
  'steel-kettle',
  'linen-towel',
  'glass-vase',
  'cotton-rug',
  'tin-box',
];

/** A UUID of version 4 that follows from a number. */
function uuidOf(index: number): string {
  const hex = (digits: number, factor: number) =>
    ((index + 1) * factor).toString(16).padStart(digits, '0').slice(-digits);
  return `${hex(8, 2654435761)}-${hex(4, 40503)}-4${hex(3, 2917)}-a${hex(3, 1543)}-${hex(12, 68719476735)}`;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** The whole plan, mixed by a fixed stride so that all endpoints appear early. */
export function plan(): PlannedRequest[] {
  const bearer = { authorization: 'Bearer demo' };
  const requests: PlannedRequest[] = [
    ...times(40, i => ({
      method: 'GET',
      path: `/api/v1/users?page=${1 + (i % 7)}&limit=20`,
      headers: bearer,
    })),
    ...times(20, i => ({
      method: 'POST',
      path: '/api/v1/users',
      headers: { ...json, ...bearer },
      body: JSON.stringify({
        name: `user ${i}`,
        email: `user${i}@example.test`,
        age: 20 + i,
        ...(i % 2 === 0 ? { address: { city: 'Riga', zip: '1010' } } : {}),
      }),
    })),
    ...times(50, i => ({ method: 'GET', path: `/api/v1/users/${1000 + i * 37}`, headers: bearer })),
    ...times(10, i => ({
      method: 'PATCH',
      path: `/api/v1/users/${1000 + i * 37}`,
      headers: { ...json, ...bearer },
      body: '{"active":true}',
    })),
    ...times(5, i => ({ method: 'DELETE', path: `/api/v1/users/${5000 + i}`, headers: bearer })),
    ...times(15, i => ({ method: 'GET', path: `/api/v1/users/${1000 + i * 37}/orders`, headers: bearer })),
    ...times(10, i => ({
      method: 'POST',
      path: '/api/v1/orders',
      headers: json,
      body: JSON.stringify({
        items: [{ sku: `A-${i}`, quantity: 1 + (i % 3), price: 9.5 }],
        express: i % 2 === 0,
      }),
    })),
    ...times(30, i => ({
      method: 'GET',
      path: `/api/v1/orders/${uuidOf(i)}`,
      headers: { cookie: `sid=${uuidOf(99)}` },
    })),
    ...times(10, i => ({
      method: 'GET',
      path: `/api/v1/products?category=${i % 2 === 0 ? 'home' : 'office'}`,
    })),
    ...times(24, i => ({ method: 'GET', path: `/api/v1/products/${slugs[i % slugs.length]}` })),
    ...times(16, i => ({ method: 'GET', path: `/api/v1/search?q=lamp+${i}&sort=price` })),
    ...times(10, i => ({
      method: 'POST',
      path: '/api/v1/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `login=user${i}&password=right`,
    })),
    // Answered with 401 and 404: discovery leaves them out.
    ...times(3, i => ({
      method: 'POST',
      path: '/api/v1/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `login=user${i}&password=wrong`,
    })),
    ...times(4, i => ({ method: 'GET', path: `/${['.env', 'wp-login.php', 'admin', 'backup.zip'][i]}` })),
  ];
  // 101 is prime and no divisor of the length, so every request comes once.
  return requests.map((_, index) => requests[(index * 101) % requests.length] as PlannedRequest);
}

export type SendOptions = {
  readonly port: number;
  /** Default 60. */
  readonly perSecond?: number;
  readonly signal?: AbortSignal;
  readonly onStatus?: (status: number) => void;
};

const requestMs = 10_000;

/** Sends requests over two kept-alive TLS connections, evenly in time; resolves with each one's status. */
export async function send(requests: readonly PlannedRequest[], options: SendOptions): Promise<number[]> {
  const { port, signal, perSecond = 60 } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 2, rejectUnauthorized: false, servername: apiHost });
  const startMs = performance.now();
  const answers: Promise<number>[] = [];
  try {
    for (const [index, planned] of requests.entries()) {
      const waitMs = startMs + (index * 1000) / perSecond - performance.now();
      if (waitMs > 0) await delay(waitMs, undefined, signal === undefined ? {} : { signal });
      signal?.throwIfAborted();
      const answer = sendOne(planned, port, agent);
      // Awaited below; until then a failure must not count as unhandled.
      answer.then(
        status => options.onStatus?.(status),
        () => {},
      );
      answers.push(answer);
    }
    return await Promise.all(answers);
  } finally {
    agent.destroy();
  }
}

function sendOne(planned: PlannedRequest, port: number, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const { method, path, body } = planned;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        timeout: requestMs,
        headers: { host: apiHost, 'user-agent': 'demo-client', ...planned.headers, ...length },
      },
      response => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', reject);
      },
    );
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`${method} ${path}: no answer in ${requestMs} ms`)),
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
