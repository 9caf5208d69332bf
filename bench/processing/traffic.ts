// Mixed traffic as agents send it: mostly REST with JSON, some forms, GraphQL, gRPC, pages and scans.
import { AgentFrame, Exchange } from '../../runtime/protocol/generated/mirror.ts';
import { Random } from '../sensitive/random.ts';

const words = ['users', 'orders', 'items', 'carts', 'invoices', 'teams', 'projects', 'reports'];
const names = ['ada', 'linus', 'grace', 'edsger', 'barbara', 'donald', 'margaret', 'alan'];

/** Fields that browsers, proxies and clients send with nearly every request. */
const usualHeaders: Record<string, string> = {
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
  accept: 'application/json, text/plain, */*',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-GB,en;q=0.9',
  host: 'api.example.com',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-proto': 'https',
  'x-request-id': '6f1e7a52-0a52-4d6e-9a35-3d1f6d8c1b11',
  connection: 'keep-alive',
};

function order(random: Random): object {
  return {
    customer: {
      name: random.pick(names),
      email: `${random.pick(names)}@example.com`,
      vip: random.chance(0.1),
    },
    items: Array.from({ length: random.int(1, 4) }, () => ({
      sku: `SKU-${random.digits(5)}`,
      quantity: random.int(1, 9),
      price: random.int(100, 99_999) / 100,
    })),
    note: 'please ring twice',
    created: '2026-02-28T10:00:00Z',
  };
}

function request(random: Random): {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string;
  response: string;
} {
  const word = random.pick(words);
  const id = random.int(1, 100_000);
  const bearer = {
    authorization: `Bearer ${random.text('0123456789abcdef', 40)}`,
    cookie: `sid=${random.text('0123456789abcdef', 24)}; theme=dark`,
  };
  const json = { 'content-type': 'application/json', ...bearer };
  const dice = random.next();
  const get = {
    method: 'GET',
    headers: bearer as Record<string, string>,
    body: '',
    response: 'application/json',
  };
  if (dice < 0.4) return { ...get, target: `/api/v1/${word}/${id}` };
  if (dice < 0.6)
    return {
      ...get,
      target: `/api/v1/${word}?page=${random.int(1, 40)}&limit=50&sort=-created&q=${random.pick(names)}`,
    };
  if (dice < 0.65)
    return {
      ...get,
      target: `/api/v1/users/${random.pick(names)}${id}/${word}/${random.text('0123456789abcdef', 24)}`,
    };
  if (dice < 0.85)
    return {
      method: 'POST',
      target: `/api/v1/${word}`,
      headers: json,
      body: JSON.stringify(order(random)),
      response: 'application/json',
    };
  if (dice < 0.9)
    return {
      method: 'POST',
      target: '/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `username=${random.pick(names)}&password=${random.text('abcdefgh', 10)}&remember=true`,
      response: 'application/json',
    };
  if (dice < 0.94)
    return {
      method: 'POST',
      target: '/graphql',
      headers: json,
      body: JSON.stringify({
        query: 'query Orders($id: ID!, $n: Int) { user(id: $id) { name orders(first: $n) { id total } } }',
        variables: { id: String(id), n: 20 },
      }),
      response: 'application/json',
    };
  if (dice < 0.96)
    return {
      method: 'PUT',
      target: `/api/v1/${word}/${id}`,
      headers: { 'content-type': 'text/xml' },
      body: `<order id="${id}"><name>${random.pick(names)}</name><total>9.5</total></order>`,
      response: 'application/xml',
    };
  return { ...get, target: `/assets/app-${id}.js`, response: 'text/javascript' };
}

/** Frames of 500 exchanges each, as they come from the wire. */
export function frames(count: number, seed: number): Uint8Array[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => {
    const exchanges = Array.from({ length: 500 }, () => {
      const { method, target, headers, body, response } = request(random);
      const fields = (all: Record<string, string>) =>
        Object.entries(all).map(([name, value]) => ({ name, value: Buffer.from(value) }));
      return Exchange.fromPartial({
        connection: random.int(1, 5000),
        timeUs: 1_790_000_000_000_000 + index,
        durationUs: 1500,
        client: { ip: `10.0.${random.int(0, 3)}.${random.int(1, 250)}`, port: 40_000 },
        server: { ip: '10.0.0.5', port: 8080 },
        protocol: 2,
        request: {
          ...{ method, target, authority: 'api.example.com' },
          headers: fields({ ...usualHeaders, ...headers }),
          body: Buffer.from(body),
        },
        response: {
          status: random.chance(0.93) ? 200 : 404,
          headers: fields({
            'content-type': response,
            server: 'nginx',
            date: 'Sat, 28 Feb 2026 10:00:00 GMT',
          }),
        },
        process: { pid: 4711, comm: 'nginx' },
        workload: { namespace: 'shop', pod: 'web-7d9f8-abcde', container: 'web' },
      });
    });
    const batch = { sequence: index + 1, exchanges, dropped: [] };
    return AgentFrame.encode({ frame: { $case: 'batch', batch } }).finish();
  });
}
