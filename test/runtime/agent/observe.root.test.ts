// Needs root, BTF and the built capture (npm run build:bpf); uses a real nginx on loopback.
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer, Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { until } from './delivery/endpoint.ts';
import { type Nginx, startNginx } from './nginx.ts';

interface Observed {
  client: string;
  server: string;
  process: { pid: number; comm: string };
  tls: boolean;
  protocol: string;
  request: { method: string; target: string; headers: [string, string][]; body: string; truncated: boolean };
  response: { status: number; headers: [string, string][] } | null;
  durationMs: number;
  lostBytes: number;
}

const main = 'runtime/agent/main.ts';

/** `agent observe --json …` as a user starts it. */
class Observer {
  readonly seen: Observed[] = [];
  errors = '';
  private readonly child: ChildProcess;
  private readonly exited: Promise<number | null>;

  constructor(args: readonly string[], output: 'pipe' | number = 'pipe') {
    this.child = spawn(process.execPath, [main, 'observe', '--json', ...args], {
      stdio: ['ignore', output, 'pipe'],
    });
    this.exited = new Promise(resolve => this.child.once('exit', resolve));
    let rest = '';
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.seen.push(...lines.map(line => JSON.parse(line) as Observed));
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
  }

  async ready(): Promise<void> {
    await until(() => /^ready$/m.test(this.errors) || this.child.exitCode !== null, 'ready', 60_000);
    expect(this.errors).to.match(/^ready$/m);
  }

  find(target: string): Observed[] {
    return this.seen.filter(({ request }) => request.target === target);
  }

  /** SIGINT, then the exit code. */
  interrupt(): Promise<number | null> {
    this.child.kill('SIGINT');
    return this.exited;
  }

  closeOutput(): void {
    this.child.stdout?.destroy();
  }

  /** The exit code of one that ends by itself. */
  exitCode(): Promise<number | null> {
    return this.exited;
  }
}

interface Sent {
  status: number;
  clientPort: number;
}

function send(options: RequestOptions & { tls: boolean; body?: string }): Promise<Sent> {
  const { tls, body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const make = tls ? httpsRequest : httpRequest;
    const request = make(
      { host: '127.0.0.1', ...(tls && { rejectUnauthorized: false }), ...rest },
      response => {
        const clientPort = response.socket.localPort ?? 0;
        response.resume().once('end', () => resolve({ status: response.statusCode ?? 0, clientPort }));
      },
    );
    request.once('error', reject).end(body);
  });
}

/** Sends text over a connection and waits for the first bytes of an answer. */
function exchangeText(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('data', data => resolve(data.toString('latin1')));
    socket.write(text);
  });
}

describe('agent observe, on nginx', function () {
  this.timeout(120_000);
  let nginx: Nginx;
  let observer: Observer;

  before(async () => {
    nginx = await startNginx();
    observer = new Observer(['--pid', String(nginx.pid), '--stats']);
    await observer.ready();
  });

  after(async () => {
    const code = await observer?.interrupt();
    await nginx?.stop();
    expect(code).to.equal(0);
  });

  for (const tls of [false, true]) {
    it(`shows every request over ${tls ? 'TLS' : 'plain TCP'} once, with its body, status and client`, async () => {
      const port = tls ? nginx.ports.tls : nginx.ports.plain;
      const options = { keepAlive: true, maxSockets: 8 };
      const agent = tls ? new HttpsAgent({ ...options, rejectUnauthorized: false }) : new HttpAgent(options);
      const name = tls ? 's' : 'p';
      const sent = await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const path = index % 10 === 0 ? '/large' : `/${name}/${index}`;
          const body = JSON.stringify({ index, padding: 'x'.repeat(index * 20) });
          const query = `?n=${name}${index}`;
          const method = path === '/large' ? 'GET' : 'POST';
          const content = method === 'POST' ? { body } : {};
          const result = await send({ tls, port, agent, method, path: path + query, ...content });
          return { target: path + query, body: content.body ?? '', ...result };
        }),
      );
      agent.destroy();
      const count = (): number => observer.seen.filter(({ server }) => server.endsWith(`:${port}`)).length;
      await until(() => count() >= sent.length, `${sent.length} exchanges`);
      for (const { target, body, status, clientPort } of sent) {
        const found = observer.find(target);
        expect(found, target).to.have.lengthOf(1);
        const [{ client, request, response, ...rest }] = found as [Observed];
        expect({ client, status: response?.status }, target).to.deep.equal({
          client: `127.0.0.1:${clientPort}`,
          status,
        });
        expect(Buffer.from(request.body, 'base64').toString(), target).to.equal(body);
        expect(rest, target).to.deep.include({ tls, protocol: 'HTTP/1.1', lostBytes: 0 });
        expect(rest.process.comm).to.equal('nginx');
      }
      expect(count()).to.equal(sent.length);
    });
  }

  it('shows an upload of 1 MiB whole, cuts one of 3 MB at its cap, says so and reads on', async () => {
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    const { plain: port } = nginx.ports;
    const upload = Array.from({ length: 131_072 }, (_, index) => String(index).padStart(8)).join('');
    await send({ tls: false, port, agent, method: 'POST', path: '/whole', body: upload });
    await send({ tls: false, port, agent, method: 'POST', path: '/cut', body: 'y'.repeat(3_000_000) });
    await send({ tls: false, port, agent, path: '/missing' });
    agent.destroy();
    await until(() => observer.find('/missing').length > 0, 'the request after it');
    const [whole] = observer.find('/whole') as [Observed];
    expect(Buffer.from(whole.request.body, 'base64').toString('latin1') === upload).to.equal(true);
    expect(whole.request.truncated).to.equal(false);
    const [cut] = observer.find('/cut') as [Observed];
    expect(Buffer.from(cut.request.body, 'base64').length).to.equal(2 * 1024 * 1024);
    expect(cut.request.truncated).to.equal(true);
    expect(observer.find('/missing')[0]?.response?.status).to.equal(404);
  });

  it('shows the client that a PROXY header names, in front of plain text and of TLS', async () => {
    const header = 'PROXY TCP4 192.0.2.7 192.0.2.8 1234 80\r\n';
    const text = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
    const plain = connect(nginx.ports.proxied, '127.0.0.1');
    expect(await exchangeText(plain, header + text('/proxied'))).to.match(/^HTTP\/1.1 201/);
    plain.destroy();
    const below = connect(nginx.ports.proxiedTls, '127.0.0.1');
    below.write(header);
    const above = connectTls({ socket: below, rejectUnauthorized: false });
    expect(await exchangeText(above, text('/proxied-tls'))).to.match(/^HTTP\/1.1 201/);
    above.destroy();
    await until(
      () => observer.find('/proxied-tls').length > 0 && observer.find('/proxied').length > 0,
      'both',
    );
    expect(observer.find('/proxied')[0]).to.deep.include({ client: '192.0.2.7:1234', tls: false });
    expect(observer.find('/proxied-tls')[0]).to.deep.include({ client: '192.0.2.7:1234', tls: true });
  });

  it('shows every pipelined request with its response', async () => {
    const socket = connect(nginx.ports.plain, '127.0.0.1');
    const paths = ['/one', '/missing?two', '/three'];
    await exchangeText(socket, paths.map(path => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''));
    socket.destroy();
    await until(() => observer.find('/three').length > 0, 'the last one');
    const statuses = paths.map(path =>
      observer.find(path).map(({ response }) => response?.status ?? 'unknown'),
    );
    expect(statuses).to.deep.equal([[201], [404], [201]]);
  });

  it('gives no request the response of another, nor a body that looks like one', async () => {
    const server = createServer((request, response) => {
      response.writeHead(400 + (Number(request.url?.slice(1)) % 90)).flushHeaders();
      for (let count = 0; count < 3; count++)
        response.write('HTTP/1.1 599 Fake\r\nContent-Length: 0\r\n\r\n');
      response.end();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const watching = new Observer(['--pid', String(process.pid), '--port', String(port)]);
    await watching.ready();
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    for (let index = 0; index < 50; index++) await send({ tls: false, port, path: `/${index}`, agent });
    const socket = connect(port, '127.0.0.1');
    const burst = [50, 51, 52].map(index => `GET /${index} HTTP/1.1\r\nHost: h\r\n\r\n`).join('');
    let answered = await exchangeText(socket, burst);
    socket.on('data', data => {
      answered += data.toString('latin1');
    });
    await until(() => answered.split('\r\n0\r\n\r\n').length > 3, 'all responses');
    socket.destroy();
    agent.destroy();
    expect(await watching.interrupt()).to.equal(0);
    await new Promise(resolve => server.close(resolve));
    expect(watching.seen).to.have.lengthOf(53);
    for (const { request, response } of watching.seen) {
      const index = Number(request.target.slice(1));
      // Behind a chunked response, those of a client that pipelines cannot be told apart.
      if (response !== null || index < 51) expect(response?.status, request.target).to.equal(400 + index);
    }
  });

  it('shows the client that a trusted load balancer names', async () => {
    const behind = new Observer([
      ...['--pid', String(nginx.pid), '--trusted-cidr', '127.0.0.0/8'],
      ...['--real-ip-header', 'X-Forwarded-For'],
    ]);
    await behind.ready();
    const headers = { 'X-Forwarded-For': '6.6.6.6, 203.0.113.7, 127.0.0.5' };
    await send({ tls: true, port: nginx.ports.tls, path: '/behind', headers });
    await until(() => behind.find('/behind').length > 0, 'the request');
    expect(await behind.interrupt()).to.equal(0);
    expect(behind.find('/behind')[0]?.client).to.equal('203.0.113.7:0');
  });

  it('prints what was captured before Ctrl-C, which reaches it twice from a terminal, and the counters', async () => {
    const stopped = new Observer(['--pid', String(nginx.pid), '--stats']);
    await stopped.ready();
    await send({ tls: false, port: nginx.ports.plain, path: '/last' });
    stopped.interrupt();
    expect(await stopped.interrupt()).to.equal(0);
    expect(stopped.find('/last')).to.have.lengthOf(1);
    expect(stopped.errors).to.match(/^\{"capture":.*"unreadRecords":0,"linesDropped":0\}$/m);
  });

  it('ends with 0 when npm, which started it, is told to stop: no shell stands between that keeps the signal', async () => {
    const npm = spawn('npm', ['run', '-s', 'agent', '--', 'observe', '--pid', String(nginx.pid), '--stats'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    npm.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const exited = new Promise(resolve => npm.once('exit', resolve));
    await until(() => /^ready$/m.test(errors) || npm.exitCode !== null, 'ready', 60_000);
    npm.kill('SIGINT');
    expect(await exited).to.equal(0);
    expect(errors).to.match(/^\{"capture":/m);
  });

  it('says that a process has ended, and goes on', async () => {
    const process = spawn('sleep', ['600'], { stdio: 'ignore' });
    const watching = new Observer(['--pid', String(process.pid)]);
    await watching.ready();
    process.kill();
    await until(() => watching.errors.includes(`process ${process.pid} has ended`), 'the end', 30_000);
    expect(await watching.interrupt()).to.equal(0);
  });

  it('ends with 0 when nobody reads any more, and with 1 and a clear line when the disk is full', async () => {
    const unread = new Observer(['--pid', String(nginx.pid)]);
    await unread.ready();
    unread.closeOutput();
    const full = new Observer(['--pid', String(nginx.pid)], openSync('/dev/full', 'w'));
    await full.ready();
    await send({ tls: false, port: nginx.ports.plain, path: '/unseen' });
    expect(await unread.exitCode()).to.equal(0);
    expect(await full.exitCode()).to.equal(1);
    expect(full.errors).to.include('observe: the output cannot be written: ENOSPC');
  });

  it('ends with 0 within some seconds when nobody reads any more, without an exchange that it could not write', async () => {
    const unread = new Observer(['--pid', String(nginx.pid)]);
    await unread.ready();
    unread.closeOutput();
    expect(await unread.exitCode()).to.equal(0);
    // A pipe as shells make it; Node.js gives its children sockets.
    const piped = spawn(
      'bash',
      [
        '-c',
        'set -o pipefail; "$@" | true',
        'bash',
        process.execPath,
        main,
        'observe',
        '--json',
        '--pid',
        String(nginx.pid),
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    expect(await new Promise(resolve => piped.once('exit', resolve))).to.equal(0);
  });

  it('leaves the terminal of a wrong command line with exit code 2 and a clear line', async () => {
    for (const [args, message] of [
      [[], /say what to observe/],
      [['--pid', '4194304'], /there is no process 4194304/],
      [['--cgroup', 'no/such'], /no cgroup "no\/such"/],
      [['--cgroup', ''], /no cgroup ""/],
      [['--cgroup', '../..'], /no cgroup "..\/.."/],
      [['--cgroup', 'cgroup.procs'], /no cgroup "cgroup.procs" .*not a directory/],
      [['--rung', 'C'], /Allowed choices are auto, A, B/],
      [['--trusted-cidr', '10.0.0.0/99'], /an address such as/],
      [['--port', 'x'], /whole number from 1 to 65535/],
    ] as const) {
      const wrong = new Observer(args);
      expect(await wrong.exitCode()).to.equal(2);
      expect(wrong.errors).to.match(message);
    }
  });
});
