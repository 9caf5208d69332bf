import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig, type KubernetesObject } from '@kubernetes/client-node';

type Kind = 'pods' | 'namespaces';

/** List and watch of pods and namespaces as the Kubernetes API serves them, on loopback. */
export class ApiServer {
  readonly requests: string[] = [];
  private readonly objects: Record<Kind, Map<string, KubernetesObject>> = {
    pods: new Map(),
    namespaces: new Map(),
  };
  private readonly events: { kind: Kind; version: number; line: string }[] = [];
  private readonly watchers = new Map<ServerResponse, Kind>();
  private version = 100;
  /** Watches that resume from before this are told that it is gone. */
  private forgotten = 0;
  private readonly server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    this.requests.push(`${url.pathname}${url.search}`);
    const kind = url.pathname.split('/').at(-1) as Kind;
    response.setHeader('content-type', 'application/json');
    if (url.searchParams.get('watch') !== 'true') {
      response.end(
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'List',
          metadata: { resourceVersion: String(this.version) },
          items: [...this.objects[kind].values()],
        }),
      );
      return;
    }
    const since = Number(url.searchParams.get('resourceVersion'));
    if (since < this.forgotten) {
      const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired' };
      response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      return;
    }
    response.flushHeaders();
    for (const event of this.events)
      if (event.kind === kind && event.version > since) response.write(event.line);
    this.watchers.set(response, kind);
    response.once('close', () => this.watchers.delete(response));
  });

  async start(): Promise<KubeConfig> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'test', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }],
      users: [{ name: 'test' }],
      contexts: [{ name: 'test', cluster: 'test', user: 'test' }],
      currentContext: 'test',
    });
    return config;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  get watches(): number {
    return this.watchers.size;
  }

  /** Ends all watches, as the API server does from time to time. */
  endWatches(): void {
    for (const response of this.watchers.keys()) response.destroy();
  }

  /** Compacts history: who resumes from before now has to list again. */
  forget(): void {
    this.forgotten = ++this.version;
  }

  put(kind: Kind, object: KubernetesObject): void {
    const key = `${object.metadata?.namespace}/${object.metadata?.name}`;
    const type = this.objects[kind].has(key) ? 'MODIFIED' : 'ADDED';
    this.objects[kind].set(key, this.emit(kind, type, object));
  }

  remove(kind: Kind, namespace: string | undefined, name: string): void {
    const key = `${namespace}/${name}`;
    const object = this.objects[kind].get(key);
    this.objects[kind].delete(key);
    if (object !== undefined) this.emit(kind, 'DELETED', object);
  }

  private emit(kind: Kind, type: string, object: KubernetesObject): KubernetesObject {
    const version = ++this.version;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const line = `${JSON.stringify({ type, object: stored })}\n`;
    this.events.push({ kind, version, line });
    for (const [response, watched] of this.watchers) if (watched === kind) response.write(line);
    return stored;
  }
}

export function namespace(name: string, label?: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: label ? { 'wallarm-mirror': label } : {} },
  };
}

export function pod(space: string, name: string, containerId: string, annotation?: string): KubernetesObject {
  const annotations = annotation ? { 'mirror.wallarm.com/enabled': annotation } : {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: space, name, annotations },
    spec: { nodeName: 'node-1', containers: [] },
    status: {
      containerStatuses: [
        { name: 'web', containerID: `containerd://${containerId}`, state: { running: {} } },
        { name: 'done', containerID: 'containerd://0123456789abcdef', state: { terminated: {} } },
      ],
    },
  } as KubernetesObject;
}
