import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Capture, openCapture } from '../../runtime/agent/capture/capture.ts';
import type { AssembledExchange } from '../../runtime/agent/exchange/assembled-exchange.ts';
import { toExchange } from '../../runtime/agent/exchange/assembled-exchange.ts';
import { ExchangeAssembler } from '../../runtime/agent/exchange/assembler.ts';
import type { Exchange } from '../../runtime/protocol/generated/mirror.ts';
import { freePort, type Server, startServer, until, workFolder } from './support.ts';

const servers = join(import.meta.dirname, 'servers');
const requestCount = 100;

/** Needs root, BTF, `npm run build:bpf`, nginx and python3; fails without them. */
describe('capture of pipelined requests', function () {
  this.timeout(60_000);
  const folder = workFolder();
  const running: Server[] = [];
  const started: Record<string, { port: number; pid: number }> = {};

  async function start(name: string, command: string, args: (port: number) => string[]): Promise<void> {
    const port = await freePort();
    const server = await startServer(command, args(port), [port]);
    running.push(server);
    started[name] = { port, pid: server.pid };
  }

  before(async () => {
    await start('python', 'python3', port => [join(servers, 'pipelining.py'), String(port)]);
    await start('http.server', 'python3', port => [join(servers, 'chunked_server.py'), String(port)]);
    await start('node', process.execPath, port => [join(servers, 'chunked-server.mjs'), String(port)]);
    await start('nginx', 'nginx', port => {
      mkdirSync(join(folder.path, 'www'), { recursive: true });
      writeFileSync(join(folder.path, 'www', 'page.html'), 'HTTP/1.1 599 Fake\r\n\r\n'.repeat(300));
      const path = join(folder.path, 'chunked.conf');
      writeFileSync(
        path,
        `daemon off; pid ${folder.path}/chunked.pid; error_log stderr; user root; events {}
         http {
           access_log off; keepalive_requests 1000; gzip on; gzip_min_length 1; gzip_types *;
           client_body_temp_path ${folder.path}/b; proxy_temp_path ${folder.path}/p;
           fastcgi_temp_path ${folder.path}/f; uwsgi_temp_path ${folder.path}/u; scgi_temp_path ${folder.path}/s;
           add_header X-Target $request_uri always;
           server {
             listen 127.0.0.1:${port}; root ${folder.path}/www;
             location /proxied { proxy_pass http://127.0.0.1:${started.node?.port}; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_hide_header X-Target; }
             location / { try_files /page.html =404; }
           }
         }`,
      );
      return ['-c', path, '-e', 'stderr'];
    });
  });
  after(async () => {
    for (const server of running.reverse()) await server.stop();
    folder.remove();
  });

  /** Pipelines requests and gives what was made of them. */
  async function observe(
    rung: 'A' | 'B',
    { port, pid }: { port: number; pid: number },
    targets: readonly string[],
    batch: number,
  ): Promise<Exchange[]> {
    const exchanges: AssembledExchange[] = [];
    const assembler = new ExchangeAssembler({ emit: exchange => exchanges.push(exchange) });
    const capture: Capture = openCapture({ rung, ringBytes: 1 << 24 }, events => {
      for (const event of events) assembler.push(event);
    });
    try {
      await capture.setTargets({ pids: new Set([pid]) });
      const socket = connect(port, '127.0.0.1');
      socket.setNoDelay(true);
      await once(socket, 'connect');
      let received = '';
      socket.on('data', chunk => {
        received += chunk.toString('latin1');
      });
      for (let at = 0; at < targets.length; at += batch) {
        const some = targets.slice(at, at + batch);
        const request = (target: string, index: number) =>
          `${target.includes('head') ? 'HEAD' : 'GET'} ${target} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n${
            at + index === targets.length - 1 ? 'X-Last: 1\r\n' : ''
          }\r\n`;
        socket.write(some.map(request).join(''));
        await until('the responses', () =>
          some.every(
            target =>
              received.includes(`X-Target: ${target}\r\n`) || received.includes(`x-target: ${target}\r\n`),
          ),
        );
      }
      socket.end();
      await until('the exchanges', () => exchanges.length >= targets.length);
      socket.destroy();
    } finally {
      capture.close();
    }
    return exchanges.map(toExchange);
  }

  function expectPaired(exchanges: readonly Exchange[], targets: readonly string[]): void {
    const answers = exchanges.map(({ request, response }) => [
      request?.target,
      response?.headers.find(({ name }) => name.toLowerCase() === 'x-target')?.value.toString(),
    ]);
    expect(answers).to.deep.equal(targets.map(target => [target, target]));
  }

  for (const rung of ['A', 'B'] as const) {
    for (const framing of ['chunked', 'length', 'mixed'])
      for (const write of ['joined', 'vector', 'bytes', 'calls'])
        it(`pairs ${requestCount} that a server answers with ${framing} bodies, written as ${write} (rung ${rung})`, async () => {
          const server = started.python;
          if (server === undefined) throw new Error('no server');
          const targets = Array.from(
            { length: requestCount },
            (_, index) => `/${index}?framing=${framing}&write=${write}${index % 9 === 4 ? '&head' : ''}`,
          );
          expectPaired(await observe(rung, server, targets, 20), targets);
        });
    for (const [name, path] of [
      ['nginx', ''],
      ['nginx', '/proxied'],
      ['node', ''],
      ['http.server', ''],
    ] as const)
      for (const batch of [requestCount, 7])
        it(`pairs ${requestCount}, ${batch} at once, that ${name} answers in chunks${path && ' from elsewhere'} (rung ${rung})`, async () => {
          const server = started[name];
          if (server === undefined) throw new Error('no server');
          const targets = Array.from({ length: requestCount }, (_, index) => `${path}/chunked/${index}`);
          expectPaired(await observe(rung, server, targets, batch), targets);
        });
  }
});
