import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/**
 * Where the built console lies: beside the bundle in the image, in dist/ of the checkout (where
 * runtime/cloud/console/ holds its sources).
 */
export const consoleFolder =
  extname(import.meta.filename) === '.ts'
    ? join(import.meta.dirname, '../../../dist/console')
    : join(import.meta.dirname, 'console');

const missingPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>The console is not built</title>
<h1>The console is not built</h1>
<p>Run <code>npm run build:console</code> in the checkout and reload this page; the service need not restart.</p>
<p>The REST API works without it: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
</html>
`;

/**
 * Serves the console: its files, and its page for every address that a page of it may have.
 * @param folder the output of `npm run build:console`; looked at on every request, so it may appear later
 */
export function consoleFiles(server: FastifyInstance, folder: string): void {
  server.register(fastifyStatic, {
    root: folder,
    serve: false,
    // Set per route below.
    cacheControl: false,
    decorateReply: true,
    suppressRootWarning: true,
  } as Parameters<typeof fastifyStatic>[1]);

  server.get<{ Params: { '*': string } }>('/assets/*', { schema: { hide: true } }, (request, reply) => {
    // Names of assets hold a hash of their content.
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    return reply.sendFile(request.params['*'], join(folder, 'assets'));
  });

  const page = { schema: { hide: true } };
  for (const path of ['/', '/endpoints/:id']) {
    server.get(path, page, (_request, reply) => {
      reply.header('cache-control', 'no-cache');
      if (!existsSync(join(folder, 'index.html'))) {
        return reply.code(503).type('text/html; charset=utf-8').send(missingPage);
      }
      return reply.sendFile('index.html');
    });
  }
}
