import { type Endpoint, type Exchange, type Header, Protocol } from '../../protocol/generated/mirror.ts';

const protocolNames: Record<number, string> = {
  [Protocol.HTTP_1_0]: 'HTTP/1.0',
  [Protocol.HTTP_1_1]: 'HTTP/1.1',
  [Protocol.HTTP_2]: 'HTTP/2',
};

/** `192.0.2.1:80`, `[::1]:80`. */
export function endpointText(endpoint: Endpoint | undefined): string {
  if (endpoint === undefined) return '';
  const { ip, port } = endpoint;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Octets as text: UTF-8 when they are, else Latin-1. */
function octetsText(octets: Buffer): string {
  const text = octets.toString('utf8');
  return text.includes('\ufffd') ? octets.toString('latin1') : text;
}

function headerPairs(headers: readonly Header[]): [string, string][] {
  return headers.map(({ name, value }) => [name, octetsText(value)]);
}

/** One exchange as a line of JSON; the format is documented in ../README.md. */
export function exchangeJson(exchange: Exchange): string {
  const { request, response, process, workload } = exchange;
  return JSON.stringify({
    time: new Date(exchange.timeUs / 1000).toISOString(),
    client: endpointText(exchange.client),
    server: endpointText(exchange.server),
    process,
    workload,
    tls: exchange.tls,
    protocol: protocolNames[exchange.protocol],
    request: request && {
      method: request.method,
      target: request.target,
      headers: headerPairs(request.headers),
      body: request.body.toString('base64'),
      truncated: request.truncated,
    },
    response: response ? { status: response.status, headers: headerPairs(response.headers) } : null,
    durationMs: exchange.durationUs / 1000,
    lostBytes: exchange.lostBytes,
  });
}
