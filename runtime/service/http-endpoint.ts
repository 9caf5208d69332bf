// A small HTTP server for health and metrics: GET only, tight limits, never in the way of shutdown.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatAddress, type ListenAddress } from './listen-address.ts';

export interface HttpEndpoint {
  address: AddressInfo;
  close(): Promise<void>;
}

/** Limits: 8 KiB of header, 5 s per request, 128 connections, no request body. Rejects when it cannot listen. */
export function openHttpEndpoint(listen: ListenAddress, handler: RequestListener): Promise<HttpEndpoint> {
  const server = createServer(
    {
      maxHeaderSize: 8 * 1024,
      headersTimeout: 5_000,
      requestTimeout: 5_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      request.resume();
      if (request.method === 'GET' || request.method === 'HEAD') return handler(request, response);
      response.writeHead(405, { allow: 'GET, HEAD', connection: 'close' }).end();
    },
  );
  server.maxConnections = 128;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(`Cannot listen on ${formatAddress(listen)}: ${error.code ?? error.message}`, {
          cause: error,
        }),
      ),
    );
    server.listen(listen.port, listen.host, () =>
      resolve({
        address: server.address() as AddressInfo,
        close: () =>
          new Promise(done => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      }),
    );
  });
}

/** The path of a request, without its query. */
export function pathOf(url: string | undefined): string {
  return (url ?? '/').split('?', 1)[0] ?? '/';
}
