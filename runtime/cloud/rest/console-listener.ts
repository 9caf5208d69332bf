import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { CloudMetrics } from '../cloud-metrics.ts';
import type { Storage } from '../storage/storage.ts';
import { consoleFiles, consoleFolder } from './console-files.ts';
import { endpointRoutes } from './endpoint-routes.ts';
import type { FailureLimiter } from './failure-limiter.ts';
import { httpListener } from './http-listener.ts';
import { requireToken } from './require-token.ts';

export type ConsoleOptions = {
  readonly token: string;
  readonly version: string;
  readonly storage: Storage;
  readonly log: Logger;
  readonly metrics: CloudMetrics;
  readonly limiter: FailureLimiter;
  /** Folder of the built console; default: where this installation has it. */
  readonly folder?: string;
  readonly requestTimeoutMs?: number;
};

/**
 * Everything the page needs is its own: nothing inline, nothing from elsewhere, in no frame (CSP level 3).
 * `img-src data:` is for the favicon.
 */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** The listener of people: REST API, its OpenAPI document, and the console. */
export async function consoleListener(options: ConsoleOptions): Promise<FastifyInstance> {
  const { storage, metrics } = options;
  const server = httpListener({
    name: 'console',
    log: options.log,
    metrics,
    bodyLimitBytes: 64 * 1024,
    connections: 1024,
    ...(options.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: options.requestTimeoutMs }),
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  await server.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'API inventory',
        version: options.version,
        description:
          'What out-of-band API discovery has found, over all clusters that report to this service.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'The installation token' },
          apiToken: { type: 'apiKey', in: 'header', name: 'X-WallarmApi-Token' },
        },
      },
    },
  });
  await server.register(async scope => {
    scope.addHook('onRequest', requireToken({ ...options, listener: 'console' }));
    endpointRoutes(scope, storage);
  });
  server.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => server.swagger());
  consoleFiles(server, options.folder ?? consoleFolder);
  return server;
}
