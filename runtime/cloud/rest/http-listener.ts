import { createServer, type Server as HttpServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  fastify,
  LogController,
  type RawServerDefault,
} from 'fastify';
import type { Logger } from 'pino';
import type { CloudMetrics, Listener } from '../cloud-metrics.ts';
import { answerProblems, problem, problemType, sendProblem } from './problem.ts';

export type HttpListenerOptions = {
  readonly name: Listener;
  readonly log: Logger;
  readonly metrics: CloudMetrics;
  /** Bytes of a request body. */
  readonly bodyLimitBytes: number;
  /** Connections at a time; more are closed at once. */
  readonly connections: number;
  /** Time for a whole request to arrive. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** Makes it an HTTPS listener. */
  readonly tls?: ServerOptions;
};

/** Refused without being logged one by one: the metric counts them, one line a minute says so. */
const logIntervalMs = 60_000;

/**
 * An HTTP server whose every input is bounded (Node's limits: 16 KiB of headers, 2000 header fields) and whose
 * every error answer is problem details.
 */
export function httpListener(options: HttpListenerOptions): FastifyInstance {
  const { name, metrics, tls } = options;
  const log = options.log.child({ listener: name });
  const timeouts = {
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    headersTimeout: Math.min(10_000, options.requestTimeoutMs ?? 30_000),
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 1000,
  };
  const refusals = refusalLog(log, logIntervalMs);
  const refuse = (code: string) => {
    metrics.connectionErrors.inc({ listener: name, code });
    refusals(code);
  };

  const server: FastifyInstance = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimitBytes,
    // A wrong key or type in a query is an error for its sender, not something to drop or guess.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', allErrors: false } },
    routerOptions: { maxParamLength: 256 },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    serverFactory: handler => {
      const raw: HttpServer =
        tls === undefined
          ? createServer(timeouts, handler)
          : createSecureServer({ ...timeouts, handshakeTimeout: 10_000, ...tls }, handler);
      raw.maxConnections = options.connections;
      raw.on('drop', () => refuse('TOO_MANY_CONNECTIONS'));
      raw.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
        refuse(error.code ?? 'TLS');
        socket.destroy();
      });
      return raw as RawServerDefault;
    },
    clientErrorHandler(error, socket) {
      refuse(error.code ?? 'UNKNOWN');
      answerClientError(error, socket);
    },
  });

  answerProblems(server);
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, 404, `There is no ${request.method} ${request.url.slice(0, 200)} here.`),
  );
  server.addHook('onResponse', async (_request, reply) => {
    metrics.requests.inc({ listener: name, status: reply.statusCode });
    metrics.requestSeconds.observe({ listener: name }, reply.elapsedTime / 1000);
  });
  return server;
}

const clientErrorStatus: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers bytes that are not HTTP, or too much of it, as the HTTP parser found them. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = clientErrorStatus[error.code ?? ''] ?? 400;
  const body = JSON.stringify(
    problem(status, `The connection did not carry a usable HTTP request (${error.code}).`),
  );
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${problemType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Logs the first refusal at once, then how many there were, at most once an interval. */
function refusalLog(log: Logger, intervalMs: number): (code: string) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return code => {
    unsaid += 1;
    if (performance.now() - lastMs < intervalMs) return;
    lastMs = performance.now();
    log.warn({ code, connections: unsaid }, 'connection refused');
    unsaid = 0;
  };
}

/** The address of the connection's other end, for limits and logs. */
export function clientAddress(request: { readonly raw: IncomingMessage }): string {
  return request.raw.socket.remoteAddress ?? 'unknown';
}
