import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './delivery/endpoint.ts';

export interface Nginx {
  readonly pid: number;
  readonly ports: {
    readonly plain: number;
    readonly tls: number;
    readonly proxied: number;
    readonly proxiedTls: number;
  };
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** A real nginx (Debian: nginx-light) on loopback: plain and TLS, each also behind the PROXY protocol. */
export async function startNginx(): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'oob-nginx-'));
  const ports = {
    plain: await freePort(),
    tls: await freePort(),
    proxied: await freePort(),
    proxiedTls: await freePort(),
  };
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const selfSigned = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=localhost',
  ];
  execFileSync('openssl', ['req', ...selfSigned, '-days', '2', '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  writeFileSync(join(folder, 'large'), Buffer.alloc(2_000_000, 'HTTP/1.1 200 OK\r\n'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(folder, 'nginx.conf'),
    `user root; worker_processes 2; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
     events {}
     http {
       access_log off; ${temporary.map(name => `${name}_temp_path ${folder}/${name};`).join(' ')}
       server {
         listen 127.0.0.1:${ports.plain}; listen 127.0.0.1:${ports.tls} ssl;
         listen 127.0.0.1:${ports.proxied} proxy_protocol; listen 127.0.0.1:${ports.proxiedTls} ssl proxy_protocol;
         ssl_certificate ${certificate}; ssl_certificate_key ${key}; client_max_body_size 50m;
         location / { return 201 '{"ok":true}'; }
         location = /large { root ${folder}; }
         location = /missing { return 404; }
       }
     }`,
  );
  const child: ChildProcess = spawn('nginx', ['-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  const exited = new Promise<void>(resolve =>
    child.once('exit', () => resolve()).once('error', () => resolve()),
  );
  const { pid } = child;
  if (pid === undefined)
    throw new Error('nginx could not be started: install nginx-light (apt-get install nginx-light)');
  let up = false;
  void (async () => {
    while (!up && child.exitCode === null) up = await accepts(ports.proxiedTls);
  })();
  await until(() => up, `nginx listens; see ${folder}/error.log`);
  return {
    pid,
    ports,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
