// Needs root, BTF and the built capture (npm run build:bpf); uses a real nginx on loopback.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { createServer, Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { findCgroupRoot } from '../../../runtime/agent/capture/cgroup.ts';
import { until } from './delivery/endpoint.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { main, type Observed, Observer } from './observer.ts';

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

/** Sends text over a connection and waits until so many parts of the answer, each ended by `mark`, have come. */
function exchangeText(socket: Socket, text: string, count = 1, mark = '\r\n\r\n'): Promise<string> {
  return new Promise((resolve, reject) => {
    let answered = '';
    socket.once('close', () => reject(new Error(`closed after ${JSON.stringify(answered)}`)));
    socket.once('error', reject).on('data', data => {
      answered += data.toString('latin1');
      if (answered.split(mark).length > count) resolve(answered);
    });
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
    const burst = paths.map(path => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join('');
    await exchangeText(socket, burst, paths.length);
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
    await exchangeText(socket, burst, 3, '\r\n0\r\n\r\n');
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

  for (const signal of ['SIGTERM', 'SIGHUP'] as const)
    it(`prints what was captured before ${signal}, and the counters`, async () => {
      const stopped = new Observer(['--pid', String(nginx.pid), '--stats']);
      await stopped.ready();
      await send({ tls: false, port: nginx.ports.plain, path: '/last' });
      expect(await stopped.interrupt(signal)).to.equal(0);
      expect(stopped.find('/last')).to.have.lengthOf(1);
      expect(stopped.errors).to.match(/^\{"capture":/m);
    });

  it('prints its counters when its terminal is closed, also under npm, which ends first', async () => {
    const statistics = join(mkdtempSync(join(tmpdir(), 'observe-')), 'statistics');
    const command = `npm run -s agent -- observe --pid ${nginx.pid} --stats 2>${statistics}; echo "exit $?" >>${statistics}`;
    const text = () => (existsSync(statistics) ? readFileSync(statistics, 'utf8') : '');
    // Its terminal is closed when it is killed.
    const terminal = spawn('script', ['--quiet', '--command', command, '/dev/null'], { stdio: 'ignore' });
    try {
      await until(() => /^ready$/m.test(text()), 'ready', 60_000);
      terminal.kill('SIGKILL');
      await until(() => /^\{"capture":/m.test(text()), 'the counters');
    } finally {
      rmSync(dirname(statistics), { recursive: true });
    }
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

  it('says that a process has ended, goes on while what it started lives, and ends with 0 when nothing is left', async () => {
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const watching = new Observer(['--pid', String(parent.pid), '--stats']);
    await watching.ready();
    parent.kill('SIGKILL');
    const message = `process ${parent.pid} has ended; what it started is still observed`;
    await until(() => watching.errors.includes(message), 'the end', 30_000);
    process.kill(Number(line), 'SIGKILL');
    expect(await watching.exitCode()).to.equal(0);
    expect(watching.errors).to.match(/nothing is left to observe\n\{"capture"/);
  });

  it('goes on with a cgroup that is removed and made again, as that of a service that systemd restarts', async () => {
    const name = `observed-${process.pid}`;
    const path = join(findCgroupRoot(), name);
    const script =
      "const s=require('http').createServer((_,r)=>r.end()).listen(0,'127.0.0.1',()=>console.log(s.address().port))";
    const requestToService = async (target: string, shown: () => boolean): Promise<void> => {
      const command = `echo $$ > ${path}/cgroup.procs && exec ${process.execPath} -e "${script}"`;
      const service = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const [line] = await once(service.stdout, 'data');
        const port = Number(String(line));
        while (!shown()) {
          await send({ tls: false, port, path: target });
          await setTimeout(200);
        }
      } finally {
        service.kill('SIGKILL');
        await once(service, 'exit');
      }
    };
    mkdirSync(path);
    try {
      observer = new Observer(['--cgroup', name]);
      await observer.ready();
      await requestToService('/before', () => observer.find('/before').length > 0);
      await until(
        () => readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 0'),
        'an empty cgroup',
      );
      rmdirSync(path);
      await until(() => observer.errors.includes(`cgroup ${name} is gone`), 'a hint');
      mkdirSync(path);
      await until(() => observer.errors.includes(`cgroup ${name} is there again`), 'a hint');
      await requestToService('/after', () => observer.find('/after').length > 0);
      await until(
        () => readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 0'),
        'an empty cgroup',
      );
    } finally {
      rmdirSync(path);
    }
    expect(await observer.interrupt()).to.equal(0);
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

  it('says in a PID namespace of its own what it cannot see there, and refuses the numbers of processes', async () => {
    const own = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const numbered = new Observer(['--pid', '1'], 'pipe', own);
    expect(await numbered.exitCode()).to.equal(2);
    expect(numbered.errors).to.match(/PID namespace of its own.*hostPID: true.*--pid=host/s);
    const byPort = new Observer(['--port', String(nginx.ports.plain)], 'pipe', own);
    try {
      await byPort.ready();
      expect(byPort.errors).to.match(/TLS stays unseen.*hostPID: true/);
      await send({ tls: false, port: nginx.ports.plain, path: '/from-elsewhere' });
      await until(() => byPort.find('/from-elsewhere').length === 1, 'the exchange');
    } finally {
      byPort.kill();
    }
  });

  it('leaves the terminal of a wrong command line with exit code 2 and a clear line', async () => {
    for (const [args, message] of [
      [[], /say what to observe/],
      [['--pid', '4194304'], /there is no process 4194304/],
      [['--pid', '2'], /2 is a thread of the kernel/],
      [['--cgroup', 'no/such'], /no cgroup "no\/such"/],
      [['--cgroup', ''], /no cgroup ""/],
      [['--cgroup', '../..'], /no cgroup "..\/.."/],
      [['--cgroup', 'cgroup.procs'], /no cgroup "cgroup.procs" .*not a directory/],
      [['--cgroup', '/tmp'], /no cgroup "\/tmp" \(it lies outside the cgroup v2 mount, \/sys\/fs\/cgroup/],
      [['--cgroup', '/nope'], /no cgroup "\/nope" \(\/sys\/fs\/cgroup\/[^ ]*nope: ENOENT\)/],
      [['nginx'], /unexpected "nginx"; did you mean --comm nginx\?/],
      [['4711'], /did you mean --port 4711 or --pid 4711\?/],
      [['--port', '80', '70000'], /did you mean --pid 70000\?/],
      [['--port', '80,443'], /repeat the option/],
      [['--real-ip-header', 'a b'], /name of a header field, or nothing/],
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
