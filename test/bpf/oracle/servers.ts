import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type Server, startServer } from '../support.ts';

export type Kind = 'http' | 'https' | 'h2c' | 'h2';

/** A server with a port for each kind of traffic it takes. */
export interface Subject extends Server {
  readonly ports: Partial<Record<Kind, number>>;
  /** `clientPort method target status` of each request, by the server's own log; undefined when it keeps none. */
  readonly accessLog?: () => string[];
  /** False: refuses HTTP/2 requests before it has read their content. @default true */
  readonly readsBodies?: boolean;
}

const programs = join(import.meta.dirname, '..', 'servers');

async function portsFor<T extends string>(kinds: readonly T[]): Promise<Record<T, number>> {
  const ports = {} as Record<T, number>;
  for (const kind of kinds) ports[kind] = await freePort();
  return ports;
}

function lines(path: string): () => string[] {
  return () => readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

/** A proxy: nginx reads request bodies to the end only when somebody wants them. `proxied` expects a PROXY header. */
export async function nginxSubject(
  folder: string,
  upstreamPort: number,
): Promise<Subject & { proxied: number }> {
  const ports = await portsFor(['http', 'https', 'h2c', 'h2', 'proxied']);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  mkdirSync(join(folder, 'nginx'));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `worker_processes 2; daemon off; pid ${folder}/nginx.pid; error_log stderr; user root;
     events { worker_connections 512; }
     http {
       log_format oracle '$remote_port $request_method $request_uri $status'; access_log ${folder}/nginx.log oracle;
       client_max_body_size 8m; keepalive_timeout 60s; set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;
       ${temporary.map(name => `${name}_temp_path ${folder}/nginx/${name};`).join(' ')}
       server {
         listen 127.0.0.1:${ports.http}; listen 127.0.0.1:${ports.https} ssl;
         listen 127.0.0.1:${ports.h2c} http2; listen 127.0.0.1:${ports.h2} ssl http2;
         listen 127.0.0.1:${ports.proxied} proxy_protocol;
         ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;
         location / { proxy_pass http://127.0.0.1:${upstreamPort}; proxy_http_version 1.1; }
         location ~ /upgrade {
           proxy_pass http://127.0.0.1:${upstreamPort}; proxy_http_version 1.1;
           proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
         }
       }
     }`,
  );
  const server = await startServer(
    'nginx',
    ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'],
    Object.values(ports),
  );
  const { proxied, ...kinds } = ports;
  return { ...server, ports: kinds, proxied, accessLog: lines(join(folder, 'nginx.log')) };
}

/** In front of an nginx that expects PROXY headers: of version 2 for targets that begin with /v2, else of version 1. */
export async function haproxySubject(folder: string, upstreamPort: number): Promise<Subject> {
  const ports = await portsFor(['http', 'https', 'h2c', 'h2']);
  const pem = join(folder, 'haproxy.pem');
  writeFileSync(
    pem,
    readFileSync(join(folder, 'cert.pem'), 'utf8') + readFileSync(join(folder, 'key.pem'), 'utf8'),
  );
  writeFileSync(
    join(folder, 'haproxy.cfg'),
    `global
  nbthread 2
  tune.ssl.default-dh-param 2048
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
frontend all
  bind 127.0.0.1:${ports.http}
  bind 127.0.0.1:${ports.https} ssl crt ${pem} alpn http/1.1
  bind 127.0.0.1:${ports.h2c} proto h2
  bind 127.0.0.1:${ports.h2} ssl crt ${pem} alpn h2
  use_backend two if { path_beg /v2 }
  default_backend one
backend one
  server nginx 127.0.0.1:${upstreamPort} send-proxy
backend two
  server nginx 127.0.0.1:${upstreamPort} send-proxy-v2
`,
  );
  const server = await startServer(
    'haproxy',
    ['-db', '-f', join(folder, 'haproxy.cfg')],
    Object.values(ports),
  );
  return { ...server, ports };
}

export async function apacheSubject(folder: string, mpm: 'event' | 'prefork'): Promise<Subject> {
  // mod_http2 does not work with prefork.
  const ports = await portsFor(
    mpm === 'event' ? (['http', 'https', 'h2c', 'h2'] as const) : (['http', 'https'] as const),
  );
  const all = Object.values(ports);
  const secure = [ports.https, 'h2' in ports ? ports.h2 : 0].filter(port => port !== 0);
  const modules = [`mpm_${mpm}`, 'authz_core', 'ssl', ...(mpm === 'event' ? ['http2'] : [])];
  const log = join(folder, `apache-${mpm}.log`);
  const configuration = join(folder, `apache-${mpm}.conf`);
  writeFileSync(
    configuration,
    `ServerRoot /usr/lib/apache2
${modules.map(name => `LoadModule ${name}_module modules/mod_${name}.so`).join('\n')}
ServerName localhost
User www-data
Group www-data
PidFile ${folder}/apache-${mpm}.pid
ErrorLog ${folder}/apache-${mpm}-error.log
DocumentRoot ${folder}
KeepAliveTimeout 60
MaxKeepAliveRequests 0
${mpm === 'event' ? 'Protocols h2 h2c http/1.1' : ''}
LogFormat "%{remote}p %m %U%q %>s" oracle
CustomLog ${log} oracle
${all.map(port => `Listen 127.0.0.1:${port}`).join('\n')}
${secure
  .map(
    port => `<VirtualHost 127.0.0.1:${port}>
  SSLEngine on
  SSLCertificateFile ${folder}/cert.pem
  SSLCertificateKeyFile ${folder}/key.pem
</VirtualHost>`,
  )
  .join('\n')}
`,
  );
  const server = await startServer('apache2', ['-f', configuration, '-DFOREGROUND'], all, true);
  return { ...server, ports, accessLog: lines(log), readsBodies: false };
}

export async function nodeSubject(folder: string): Promise<Subject> {
  const ports = await portsFor(['http', 'https', 'h2c', 'h2']);
  const args = Object.entries(ports).map(([kind, port]) => `${kind}=${port}`);
  const server = await startServer(
    process.execPath,
    [join(programs, 'node-oracle.mjs'), folder, ...args],
    Object.values(ports),
  );
  return { ...server, ports };
}

/** @param workers processes that share the listening socket, each with a thread per connection */
export async function pythonSubject(
  folder: string,
  program: 'threads.py' | 'asyncio_server.py',
  workers = 0,
): Promise<Subject> {
  const port = await freePort();
  const args = [join(programs, program), String(port), folder, ...(workers ? [String(workers)] : [])];
  return { ...(await startServer('python3', args, [port])), ports: { https: port } };
}
