// A small HTTP server for health and metrics: GET only, tight limits, never in the way of shutdown.
// Whoever can reach it can open connections, so it refuses none: a liveness probe that is turned away restarts the
// service. The oldest connection makes room instead.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { formatAddress, type ListenAddress } from './listen-address.ts';

export interface HttpEndpoint {
  address: AddressInfo;
  close(): Promise<void>;
}

/** Connections that wait to be accepted. */
const backlog = 511;

/**
 * Twice the backlog and some: up to a backlog is accepted in one go and read a turn later, after another backlog at
 * most, and a probe that came with the flood must still be there.
 */
export const maxEndpointConnections = 1200;

/** More than these that do not take their answer, and they go first. */
const maxAnswering = 128;

/**
 * Limits: 8 KiB of header, 2 s per request, 5 s without progress of an answer, one request per connection, no request
 * body. Rejects when it cannot listen.
 */
export function openHttpEndpoint(listen: ListenAddress, handler: RequestListener): Promise<HttpEndpoint> {
  const server = createServer(
    {
      maxHeaderSize: 8 * 1024,
      headersTimeout: 2_000,
      requestTimeout: 2_000,
      connectionsCheckingInterval: 500,
    },
    (request, response) => {
      request.resume();
      response.setHeader('connection', 'close');
      if (request.method === 'GET' || request.method === 'HEAD') return handler(request, response);
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    },
  );
  server.setTimeout(5_000);
  makeRoom(server);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(`Cannot listen on ${formatAddress(listen)}: ${error.code ?? error.message}`, {
          cause: error,
        }),
      ),
    );
    server.listen({ port: listen.port, host: listen.host, backlog }, () =>
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

/** Closes the oldest connection when there are too many. */
function makeRoom(server: Server): void {
  // Both in the order in which they came to be.
  const silent = new Set<Socket>();
  const answering = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => {
      silent.delete(socket);
      answering.delete(socket);
    });
    if (silent.size + answering.size <= maxEndpointConnections) return;
    const crowd = answering.size > maxAnswering ? answering : silent;
    const [oldest] = crowd;
    if (oldest === undefined) return;
    // At once: "close" comes later, and the next connection needs another one to go.
    crowd.delete(oldest);
    oldest.destroy();
  });
  server.prependListener('request', ({ socket }) => {
    if (silent.delete(socket)) answering.add(socket);
  });
}

/** The path of a request, without its query. */
export function pathOf(url: string | undefined): string {
  return (url ?? '/').split('?', 1)[0] ?? '/';
}
