// The cloud's side of uploads: real HTTPS with the pre-shared key, which keeps the newest state of every endpoint.
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Endpoint, Upload, UploadResult } from '../../../runtime/protocol/generated/upload.ts';
import { pskOptions } from '../../../runtime/protocol/psk.ts';

export class TestCloud {
  readonly endpoints = new Map<string, Endpoint>();
  readonly clusters = new Set<string>();
  /** Revisions that came after a newer one of the same endpoint. */
  stale = 0;
  authorizations = new Set<string | undefined>();
  readonly #server: Server;

  constructor(token: string) {
    this.#server = createServer(pskOptions(token, 'upload'), (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', chunk => chunks.push(chunk));
      request.on('end', () => {
        if (request.method !== 'POST' || request.url !== '/api/v1/ingest')
          return response.writeHead(404).end();
        this.authorizations.add(request.headers.authorization);
        const upload = Upload.decode(Buffer.concat(chunks));
        this.clusters.add(upload.cluster);
        for (const endpoint of upload.endpoints) this.#store(endpoint);
        return response.end(Buffer.from(UploadResult.encode({ accepted: upload.endpoints.length }).finish()));
      });
    });
  }

  listen(): Promise<number> {
    return new Promise(resolve => {
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Endpoints that exist, as `GET api.example.test/users/{user_id}`. */
  live(): Map<string, Endpoint> {
    return new Map([...this.endpoints].filter(([, { removed }]) => !removed));
  }

  requests(): number {
    return [...this.live().values()].reduce((sum, { requests }) => sum + requests, 0);
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #store(endpoint: Endpoint): void {
    const key = `${endpoint.method} ${endpoint.host}${endpoint.template}${endpoint.operation && ` ${endpoint.operation}`}`;
    const known = this.endpoints.get(key);
    if (known !== undefined && known.revision > endpoint.revision) this.stale += 1;
    else this.endpoints.set(key, endpoint);
  }
}
