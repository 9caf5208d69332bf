// The application of the demo: a small shop's API on plain HTTP, `node sample-api.ts PORT`. nginx stands before it.
import { createServer, type IncomingMessage } from 'node:http';

type Answer = { readonly status: number; readonly body?: unknown };
type Handler = (match: RegExpExecArray, body: string, url: URL) => Answer;

const uuid = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';
const user = (id: number) => ({ id, name: `user ${id}`, email: `user${id}@example.test` });

const routes: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/api\/v1\/users$/, () => ({ status: 200, body: [user(1), user(2)] })],
  ['POST', /^\/api\/v1\/users$/, (_match, body) => ({ status: 201, body: { id: 3, ...parseObject(body) } })],
  ['GET', /^\/api\/v1\/users\/(\d+)$/, match => ({ status: 200, body: user(Number(match[1])) })],
  ['PATCH', /^\/api\/v1\/users\/(\d+)$/, match => ({ status: 200, body: user(Number(match[1])) })],
  ['DELETE', /^\/api\/v1\/users\/(\d+)$/, () => ({ status: 204 })],
  ['GET', /^\/api\/v1\/users\/(\d+)\/orders$/, () => ({ status: 200, body: [] })],
  [
    'POST',
    /^\/api\/v1\/orders$/,
    (_match, body) => ({ status: 201, body: { ...parseObject(body), paid: false } }),
  ],
  ['GET', new RegExp(`^/api/v1/orders/(${uuid})$`), match => ({ status: 200, body: { id: match[1] } })],
  ['GET', /^\/api\/v1\/products$/, () => ({ status: 200, body: [] })],
  [
    'GET',
    /^\/api\/v1\/products\/([a-z-]+)$/,
    match => ({ status: 200, body: { slug: match[1], price: 12.5 } }),
  ],
  [
    'GET',
    /^\/api\/v1\/search$/,
    (_match, _body, url) => ({ status: 200, body: { query: url.searchParams.get('q') } }),
  ],
  [
    'POST',
    /^\/api\/v1\/login$/,
    (_match, body) => {
      const known = new URLSearchParams(body).get('password') === 'right';
      return known
        ? { status: 200, body: { expires: 3600 } }
        : { status: 401, body: { error: 'who are you?' } };
    },
  ],
];

function answer(method: string, url: URL, body: string): Answer {
  for (const [wanted, path, handler] of routes) {
    const match = wanted === method ? path.exec(url.pathname) : null;
    if (match !== null) return handler(match, body, url);
  }
  return { status: 404, body: { error: 'not found' } };
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

const bodyLimitBytes = 1024 * 1024;

async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyLimitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const server = createServer(async (request, response) => {
  try {
    const body = await read(request);
    const url = new URL(request.url ?? '/', 'http://api.example.test');
    const { status, body: content } =
      body === undefined ? { status: 413, body: undefined } : answer(request.method ?? '', url, body);
    response.statusCode = status;
    if (content === undefined) response.end();
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(content));
  } catch {
    response.destroy();
  }
});
server.listen(Number(process.argv[2]), '127.0.0.1');
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
