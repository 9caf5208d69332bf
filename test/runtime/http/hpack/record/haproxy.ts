import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer as createHttp1Server, request as http1Request } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { headerBlocks } from './header-blocks.ts';
import { exchange, received, sequence } from './node-sessions.ts';
import type { RecordedField, Recording, Sequence } from './sequence.ts';
import { type StoryField, StoryWriter } from './stories.ts';
import { Tap, written } from './tap.ts';

const requestsPerConnection = 5;

/** HAProxy's version, or undefined when it is not installed. */
export function haproxyVersion(): string | undefined {
  const run = spawnSync('haproxy', ['-v'], { encoding: 'utf8' });
  return run.status === 0 ? /version (\S+)/.exec(run.stdout)?.[1] : undefined;
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Frontend `to-h2` turns HTTP/1 into HTTP/2 requests; frontend `from-h2` turns HTTP/1 into HTTP/2 responses. */
function configuration(toH2: number, fromH2: number, h2Server: number, h1Server: number): string {
  return `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  http-reuse never
frontend to-h2
  bind 127.0.0.1:${toH2}
  use_backend h2
frontend from-h2
  bind 127.0.0.1:${fromH2} proto h2
  use_backend h1
backend h2
  server s 127.0.0.1:${h2Server} proto h2
backend h1
  server s 127.0.0.1:${h1Server}
`;
}

async function start(config: string, port: number): Promise<ChildProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-'));
  const path = join(folder, 'haproxy.cfg');
  writeFileSync(path, config);
  const child = spawn('haproxy', ['-db', '-q', '-f', path], { stdio: ['ignore', 'ignore', 'inherit'] });
  child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`haproxy ended with status ${child.exitCode}`);
    const socket = tcpConnect(port, '127.0.0.1');
    const listening = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (listening) return child;
    await delay(20);
  }
}

function asObject(fields: readonly StoryField[]): Record<string, string> {
  return Object.fromEntries(
    fields.filter(([name]) => !name.startsWith(':')).map(([name, value]) => [name, value]),
  );
}

function pseudo(fields: readonly StoryField[], name: string): string {
  return fields.find(field => field[0] === name)?.[1] ?? '';
}

/** HAProxy between HTTP/1 and HTTP/2: its requests to an HTTP/2 server and its responses to an HTTP/2 client. */
export async function recordHaproxy(connections: number, seed: number): Promise<Recording> {
  const version = haproxyVersion();
  if (version === undefined) throw new Error('haproxy was not found: install the Debian package haproxy');
  let writer = new StoryWriter(seed, false);
  let shared = writer.custom(4);

  const requests = new Map<number, RecordedField[][]>();
  const h2Server = createHttp2Server();
  h2Server.on('stream', (stream, headers, _flags, rawHeaders) => {
    const port = stream.session?.socket.remotePort ?? 0;
    requests.set(port, [...(requests.get(port) ?? []), received(headers, rawHeaders)]);
    stream.respond({ ':status': 200 }, { endStream: true });
  });
  const h1Server = createHttp1Server((_request, response) => {
    const fields = writer.response(shared);
    response.writeHead(Number(pseudo(fields, ':status')), asObject(fields)).end();
  });
  for (const server of [h2Server, h1Server]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const requestTap = new Tap((h2Server.address() as AddressInfo).port);
  const [toH2, fromH2] = [await freePort(), await freePort()];
  const config = configuration(
    toH2,
    fromH2,
    await requestTap.listen(),
    (h1Server.address() as AddressInfo).port,
  );
  const haproxy = await start(config, fromH2);
  const responseTap = new Tap(fromH2);
  const responsePort = await responseTap.listen();
  const sequences: Sequence[] = [];
  try {
    for (let number = 0; number < connections; number++) {
      writer = new StoryWriter(seed + number, false);
      shared = writer.custom(4);
      await sendHttp1(toH2, writer, shared);
      sequences.push(await recordResponses(responsePort, responseTap, writer, shared));
    }
  } finally {
    haproxy.kill();
    await once(haproxy, 'exit');
    h2Server.close();
    h1Server.close();
  }
  for (const connection of requestTap.connections) {
    const meanings = requests.get(connection.serverSidePort() ?? 0);
    if (meanings)
      sequences.push(sequence('haproxy', headerBlocks(written(connection, 'request'), true), meanings));
  }
  await Promise.all([requestTap.close(), responseTap.close()]);
  return { encoder: 'haproxy', version, sequences };
}

async function sendHttp1(port: number, writer: StoryWriter, shared: readonly StoryField[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let index = 0; index < requestsPerConnection; index++) {
    const fields = writer.request(shared);
    const request = http1Request({
      agent,
      port,
      host: '127.0.0.1',
      method: pseudo(fields, ':method'),
      path: pseudo(fields, ':path'),
      headers: { host: pseudo(fields, ':authority'), ...asObject(fields) },
    });
    request.end();
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
  }
  agent.destroy();
}

async function recordResponses(
  port: number,
  tap: Tap,
  writer: StoryWriter,
  shared: readonly StoryField[],
): Promise<Sequence> {
  const client = connect(`http://127.0.0.1:${port}`);
  await once(client, 'connect');
  const responses: RecordedField[][] = [];
  for (let index = 0; index < requestsPerConnection; index++) {
    responses.push(await exchange(client, writer.request(shared)));
  }
  client.close();
  await once(client, 'close');
  const connection = tap.connections.at(-1);
  if (connection === undefined) throw new Error('haproxy: the session did not pass through the tap');
  return sequence('haproxy', headerBlocks(written(connection, 'response'), false), responses);
}
