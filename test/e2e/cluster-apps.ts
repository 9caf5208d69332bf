import { join } from 'node:path';
import { ensureDebianImage, localBuilder } from '../../runtime/images/debian-image.ts';
import type { Cluster } from '../cluster/cluster.ts';

/** nginx from Debian, linked with the shared OpenSSL library: what the agent captures plaintext from. */
const image = 'localhost/cdk8s-wallarm-oob/test-nginx:trixie-2';

/** A web application of the test: one pod that terminates TLS itself. */
export interface App {
  readonly name: string;
  readonly namespace: string;
  /** Name that clients ask for, in SNI and in Host. */
  readonly host: string;
  readonly podAnnotations: Readonly<Record<string, string>>;
}

/** Makes the image unless it is in the cache, and loads it into the cluster. */
export async function loadAppImage(cluster: Cluster): Promise<void> {
  await ensureDebianImage({ image, suite: 'trixie', packages: ['curl', 'nginx', 'openssl'] });
  const archive = join(cluster.stateFolder, 'test-nginx.tar');
  await localBuilder().save(image, archive);
  await cluster.loadImage(archive);
}

/** A volume of each pod's own: the image is not written to. */
const stateFolder = '/run/app';

/** Answers JSON everywhere, 201 to POST and 204 to DELETE. */
const nginxConfig = `
worker_processes 2;
error_log stderr warn;
pid ${stateFolder}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  map $request_method $answer { default 200; POST 201; DELETE 204; }
  server {
    listen 8443 ssl;
    ssl_certificate ${stateFolder}/tls.crt;
    ssl_certificate_key ${stateFolder}/tls.key;
    default_type application/json;
    location / {
      if ($answer = 201) { return 201 '{"created":true}'; }
      if ($answer = 204) { return 204; }
      return 200 '{"ok":true,"host":"$host"}';
    }
  }
}
`;

/** Starts the applications and returns the address of each one's pod, when all are Ready. */
export async function startApps(cluster: Cluster, apps: readonly App[]): Promise<ReadonlyMap<App, string>> {
  await cluster.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: apps.flatMap(manifests) }),
  });
  const addresses = new Map<App, string>();
  for (const app of apps) {
    const inNamespace = ['-n', app.namespace];
    await cluster.kubectl([...inNamespace, 'rollout', 'status', `deployment/${app.name}`, '--timeout=240s']);
    const select = [...inNamespace, 'get', 'pod', '-l', `app=${app.name}`];
    addresses.set(app, await cluster.kubectl([...select, '-o', 'jsonpath={.items[0].status.podIP}']));
  }
  return addresses;
}

function manifests(app: App): unknown[] {
  const { name, namespace, host } = app;
  const certificate = `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${host} -keyout ${stateFolder}/tls.key -out ${stateFolder}/tls.crt`;
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: { 'nginx.conf': nginxConfig },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name }, annotations: app.podAnnotations },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: 'nginx',
                image,
                imagePullPolicy: 'Never',
                command: ['sh', '-ec', `${certificate}\nexec nginx -c /etc/app/nginx.conf -g 'daemon off;'`],
                volumeMounts: [
                  { name: 'config', mountPath: '/etc/app' },
                  { name: 'state', mountPath: stateFolder },
                ],
                // A connection without a request: a probe over HTTP would be counted as traffic.
                readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
              },
            ],
            volumes: [
              { name: 'config', configMap: { name } },
              { name: 'state', emptyDir: {} },
            ],
          },
        },
      },
    },
  ];
}
