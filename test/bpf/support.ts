import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Capture, type CaptureOptions, openCapture } from '../../runtime/agent/capture/capture.ts';
import type { CaptureEvent, CloseEvent, GapEvent, OpenEvent } from '../../runtime/agent/capture/event.ts';
import type { Piece } from './http2-frames.ts';

/** Waits until `condition` holds; fails with `what` after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** One direction and layer: the bytes that came, without the gaps. */
export class Stream {
  text = '';
  end = 0;
  readonly gaps: GapEvent[] = [];
  /** Where the first bytes stand that came after the server had ended its stream. */
  serverEndedAt: number | undefined;

  /** The HTTP/2 frames that came; zero bytes stand for what is missing. */
  frames(): Piece[] {
    const bytes = Buffer.alloc(this.end);
    let copied = 0;
    let position = 0;
    for (const gap of [...this.gaps, { position: this.end, bytes: 0 }]) {
      bytes.write(this.text.slice(copied, copied + gap.position - position), position, 'latin1');
      copied += gap.position - position;
      position = gap.position + gap.bytes;
    }
    const frames: Piece[] = [];
    const first = this.gaps[0]?.position === 0 ? this.gaps[0].bytes : 0;
    for (let at = first; at + 9 <= bytes.length; ) {
      const end = at + 9 + bytes.readUIntBE(at, 3);
      frames.push({ type: bytes[at + 3] ?? 0, bytes: bytes.subarray(at, end) });
      at = end;
    }
    return frames;
  }
}

export interface SeenConnection {
  open: OpenEvent | undefined;
  close: CloseEvent | undefined;
  readonly streams: Map<string, Stream>;
}

/** Collects events by connection; checks that positions are contiguous. */
export class Recorder {
  readonly connections = new Map<number, SeenConnection>();
  readonly errors: string[] = [];
  readonly #earlier = new Set<SeenConnection>();

  readonly onEvents = (events: readonly CaptureEvent[]): void => {
    for (const event of events) this.#add(event);
  };

  /** The connections so far are those of an earlier test: clients of other servers may have their ports again. */
  beginTest(): void {
    for (const connection of this.connections.values()) this.#earlier.add(connection);
  }

  /** Of those that this test has opened. */
  byClientPort(port: number): SeenConnection[] {
    return [...this.connections.values()].filter(
      connection => connection.open?.client.port === port && !this.#earlier.has(connection),
    );
  }

  /** The request bytes of the connections from this client port, at the layer given. */
  requests(port: number, layer: 'socket' | 'tls'): string {
    return this.byClientPort(port)
      .map(connection => connection.streams.get(`request ${layer}`)?.text ?? '')
      .join('');
  }

  #add(event: CaptureEvent): void {
    let connection = this.connections.get(event.connection);
    if (connection === undefined) {
      connection = { open: undefined, close: undefined, streams: new Map() };
      this.connections.set(event.connection, connection);
      if (event.kind !== 'open') this.errors.push(`${event.kind} before open`);
    }
    if (connection.close) this.errors.push(`${event.kind} after close`);
    if (event.kind === 'open') connection.open = event;
    else if (event.kind === 'close') connection.close = event;
    else {
      const key = `${event.direction} ${event.layer}`;
      const stream = connection.streams.get(key) ?? new Stream();
      connection.streams.set(key, stream);
      if (event.position !== stream.end) this.errors.push(`${key}: ${event.position} follows ${stream.end}`);
      if (event.kind === 'gap') {
        stream.gaps.push(event);
        stream.end = event.position + event.bytes;
      } else {
        stream.text += Buffer.from(event.bytes).toString('latin1');
        if (event.serverEnded) stream.serverEndedAt ??= event.position;
        stream.end = event.position + event.bytes.length;
      }
    }
  }
}

/** The rings hold what a test sends even when their reader waits for a processor, as it does on a busy machine. */
export function capture(options: CaptureOptions = {}): { capture: Capture; seen: Recorder } {
  const seen = new Recorder();
  return { seen, capture: openCapture({ ringBytes: 1 << 24, ...options }, seen.onEvents) };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export interface Server {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server process and waits until it accepts connections.
 * @param ownGroup for servers that end by signalling their process group
 */
export async function startServer(
  command: string,
  args: string[],
  ports: number[],
  ownGroup = false,
): Promise<Server> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: ownGroup });
  let errors = '';
  child.stderr?.on('data', chunk => {
    errors += String(chunk).slice(0, 4096);
  });
  const exited = once(child, 'exit');
  await until(`${command} listens on ${ports}`, async () => {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${errors}`);
    return (await Promise.all(ports.map(accepts))).every(Boolean);
  });
  return {
    process: child,
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
      // A worker that outlives its parent must not keep the tests from ending.
      child.stderr?.destroy();
    },
  };
}

/** A directory with a certificate, removed by `remove`. */
export function workFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'capture-test-'));
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'].concat([
      '-keyout',
      join(path, 'key.pem'),
      '-out',
      join(path, 'cert.pem'),
    ]),
    { stdio: 'ignore' },
  );
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Copies of the libraries that python3's ssl module maps. */
export function copyLibraries(target: string): void {
  mkdirSync(target, { recursive: true });
  const maps = execFileSync('python3', ['-c', 'import ssl; print(open("/proc/self/maps").read())'], {
    encoding: 'utf8',
  });
  for (const path of new Set(maps.match(/\/\S*lib(?:ssl|crypto)\.so\S*/g)))
    copyFileSync(realpathSync(path), join(target, basename(path)));
}

/**
 * Unmounts what is mounted there. Another agent on this machine may keep it in use for a moment, an older one for half a minute:
 * then it goes when that lets go of it.
 */
export async function unmount(path: string): Promise<void> {
  const unmounted = (...options: string[]) =>
    spawnSync('umount', [...options, path], { stdio: 'ignore' }).status === 0;
  const mounted = () => spawnSync('mountpoint', ['-q', path]).status === 0;
  await until('it is unmounted', () => !mounted() || unmounted(), 5000).catch(() => unmounted('--lazy'));
}

export interface Nginx extends Server {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** HTTP/2 only. */
  readonly http2Port: number;
  readonly http2sPort: number;
}

/** nginx with a plain and a TLS port, and the same for HTTP/2; GET /big.bin is 1 MB, /proxy goes to `upstream` over TLS, all else is echoed as 200. */
export async function startNginx(folder: string, upstream = 1, workers = 2): Promise<Nginx> {
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const [http2Port, http2sPort] = [await freePort(), await freePort()];
  mkdirSync(join(folder, 'www'), { recursive: true });
  writeFileSync(join(folder, 'www', 'big.bin'), 'RESPONSE-BODY-'.repeat(75_000));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes ${workers}; daemon off; pid ${folder}/nginx.pid; error_log stderr; user root;
     events { worker_connections 512; }
     http {
       access_log off; keepalive_requests 10000000; client_max_body_size 8m;
       client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
       fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
       server {
         listen 127.0.0.1:${httpPort}; listen 127.0.0.1:${httpsPort} ssl;
         listen 127.0.0.1:${http2Port} http2; listen 127.0.0.1:${http2sPort} ssl http2;
         ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;
         location / { return 200 "ok\\n"; }
         location = /big.bin { root ${folder}/www; }
         location /proxy { proxy_pass https://127.0.0.1:${upstream}; }
       }
     }`,
  );
  const server = await startServer(
    'nginx',
    ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'],
    [httpPort, httpsPort, http2Port, http2sPort],
  );
  return { ...server, httpPort, httpsPort, http2Port, http2sPort };
}

/** How many uprobes and tracepoint programs the kernel runs for us: open perf events and BPF links of this process. */
export function openKernelObjects(pid = process.pid): number {
  return Number(
    execFileSync('sh', ['-c', `ls -l /proc/${pid}/fd 2>/dev/null | grep -cE 'bpf|perf_event' || true`], {
      encoding: 'utf8',
    }),
  );
}

/** Does a process run with a breakpoint in this mapping? Uprobes write int3 into a private copy of the page. */
export function privatePages(pid: number, library: string): number {
  let total = 0;
  let inside = false;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) inside = / r-xp .*/.test(line) && line.includes(library);
    else if (inside && line.startsWith('Private_Dirty:')) total += Number(/\d+/.exec(line)?.[0]);
  }
  return total;
}
