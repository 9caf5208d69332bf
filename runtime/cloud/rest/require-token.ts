import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { CloudMetrics, Listener } from '../cloud-metrics.ts';
import type { FailureLimiter } from './failure-limiter.ts';
import { clientAddress } from './http-listener.ts';
import { sendProblem } from './problem.ts';
import { tokenChecker, tokenOf } from './token-check.ts';

export type RequireTokenOptions = {
  readonly token: string;
  readonly limiter: FailureLimiter;
  readonly metrics: CloudMetrics;
  readonly listener: Listener;
};

/**
 * Lets a request through only with the token, before its body is read: 401 without it or with another one, 429
 * instead after too many of those from one address.
 */
export function requireToken(options: RequireTokenOptions): onRequestAsyncHookHandler {
  const { limiter, listener, metrics } = options;
  const isToken = tokenChecker(options.token);
  return async function requireTokenHook(request: FastifyRequest, reply: FastifyReply) {
    // Before the limit: behind an ingress all share one address, and one client's guesses must not lock out the rest.
    const candidate = tokenOf(request.headers);
    if (candidate !== undefined && isToken(candidate)) return;
    const address = clientAddress(request);
    const waitSeconds = limiter.retryAfterSeconds(address);
    if (waitSeconds > 0) {
      reply.header('retry-after', waitSeconds);
      return sendProblem(
        reply,
        429,
        `Too many requests with a wrong token from ${address}; try again in ${waitSeconds} s.`,
      );
    }
    limiter.failed(address);
    metrics.failedTokens.inc({ listener });
    request.log.warn({ address, given: candidate !== undefined }, 'request without the right token');
    reply.header('www-authenticate', 'Bearer realm="api"');
    return sendProblem(
      reply,
      401,
      candidate === undefined
        ? 'This needs the installation token, as "Authorization: Bearer …" or "X-WallarmApi-Token: …".'
        : 'The token is not the one of this installation.',
    );
  };
}
