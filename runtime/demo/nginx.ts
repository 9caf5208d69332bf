import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

export const apiHost = 'api.example.test';

export type NginxOptions = { readonly folder: string; readonly port: number; readonly upstreamPort: number };

/** Writes certificate and configuration; returns nginx's arguments. */
export function prepareNginx({ folder, port, upstreamPort }: NginxOptions): string[] {
  const key = join(folder, 'nginx.key');
  const certificate = join(folder, 'nginx.crt');
  makeCertificate(key, certificate);
  const temporary = join(folder, 'nginx-temp');
  mkdirSync(temporary, { mode: 0o711 });
  const temporaryPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `  ${name}_temp_path ${join(temporary, name)};`)
    .join('\n');
  const configuration = join(folder, 'nginx.conf');
  writeFileSync(
    configuration,
    `daemon off;
pid ${join(folder, 'nginx.pid')};
error_log stderr warn;
worker_processes 2;
worker_shutdown_timeout 1s;
events {
  worker_connections 512;
}
http {
  access_log off;
${temporaryPaths}
  upstream api {
    server 127.0.0.1:${upstreamPort};
    keepalive 8;
  }
  server {
    listen 127.0.0.1:${port} ssl;
    server_name ${apiHost};
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Connection "";
    }
  }
}
`,
  );
  return ['-c', configuration, '-p', folder, '-e', 'stderr'];
}

function makeCertificate(key: string, certificate: string): void {
  const subject = ['-subj', `/CN=${apiHost}`, '-addext', `subjectAltName=DNS:${apiHost}`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const run = spawnSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', certificate], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`openssl could not make a certificate: ${run.stderr || run.error}`);
}

/** Does something accept connections on this port of loopback? */
export function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}

/** A process and its present children (nginx's workers). */
export function processTree(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => parentOf(name) === pid)
    .map(Number);
  return [pid, ...children];
}

/** proc(5): the name in parentheses may hold anything, so the fields are counted from the last one. */
function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
