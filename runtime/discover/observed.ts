// One line of `agent observe --json` → the exchange it was written of (runtime/agent/README.md has the format).
import { z } from 'zod';
import { type Endpoint, type Exchange, type Header, Protocol } from '../protocol/generated/mirror.ts';
import { InputError } from './input-error.ts';

const headers = z.array(z.tuple([z.string(), z.string()])).default([]);

/** What discovery does not need may be missing, as behind jq. */
const observedLine = z.object({
  time: z.iso.datetime().optional(),
  client: z.string().optional(),
  server: z.string().optional(),
  process: z.object({ pid: z.number(), comm: z.string() }).optional(),
  workload: z.object({ namespace: z.string(), pod: z.string(), container: z.string() }).optional(),
  tls: z.boolean().default(false),
  protocol: z.string().optional(),
  request: z.object({
    method: z.string(),
    target: z.string(),
    authority: z.string().optional(),
    headers,
    body: z
      .string()
      .regex(/^[A-Za-z0-9+/]*={0,2}$/, { error: 'expected base64' })
      .default(''),
    truncated: z.boolean().default(false),
  }),
  response: z.object({ status: z.int().min(0).max(999), headers }).nullish(),
  durationMs: z.number().default(0),
  lostBytes: z.number().default(0),
});

const protocols: Readonly<Record<string, Protocol>> = {
  'HTTP/1.0': Protocol.HTTP_1_0,
  'HTTP/1.1': Protocol.HTTP_1_1,
  'HTTP/2': Protocol.HTTP_2,
};

/** Whether a parsed line has the shape that `observe` writes: a request within, where others have a path. */
export function isObserved(value: unknown): boolean {
  const { request } = Object(value) as { request?: unknown };
  return typeof request === 'object' && request !== null;
}

/** @throws InputError that begins with `where` and names the key */
export function observedExchange(value: unknown, where: string): Exchange {
  const parsed = observedLine.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `${where}: ${issue?.path.join('.')}: ${issue?.message} (a line of observe --json has it)`,
    );
  }
  const { time, client, server, process, workload, tls, protocol, request, response, durationMs, lostBytes } =
    parsed.data;
  return {
    connection: 0,
    // 1: unknown; processing takes no exchange without a time.
    timeUs: time === undefined ? 1 : Date.parse(time) * 1000,
    durationUs: Math.round(durationMs * 1000),
    client: endpointOf(client),
    server: endpointOf(server),
    tls,
    protocol: protocols[protocol ?? ''] ?? Protocol.UNSPECIFIED,
    request: {
      ...request,
      headers: request.headers.map(header),
      body: Buffer.from(request.body, 'base64'),
      // HTTP/1 has it among its headers; a target that names it wins (RFC 9112 §3.2.2), which admission knows.
      authority: request.authority ?? hostField(request.headers),
    },
    response: response ? { status: response.status, headers: response.headers.map(header) } : undefined,
    lostBytes,
    process,
    workload,
  };
}

const header = ([name, value]: readonly [string, string]): Header => ({ name, value: Buffer.from(value) });

const hostField = (headers: readonly (readonly [string, string])[]): string =>
  headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';

/** `192.0.2.1:80`, `[::1]:80`. */
function endpointOf(text: string | undefined): Endpoint | undefined {
  const [, ip, port] = /^\[?([^\]]*)\]?:(\d+)$/.exec(text ?? '') ?? [];
  return ip === undefined ? undefined : { ip, port: Number(port) };
}
