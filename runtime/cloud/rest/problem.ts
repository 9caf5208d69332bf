import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from './schemas.ts';

export const problemType = 'application/problem+json';

/** Problem details (RFC 9457) of a status. */
export function problem(status: number, detail: string, errors?: Problem['errors']): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(errors === undefined ? {} : { errors }),
  };
}

export function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  errors?: Problem['errors'],
): FastifyReply {
  // Serialised here: a route's own response schema must not drop members.
  return reply
    .code(status)
    .type(problemType)
    .send(Buffer.from(JSON.stringify(problem(status, detail, errors))));
}

/** Answers every error of a listener with problem details; what is our fault is logged, never shown. */
export function answerProblems(server: FastifyInstance): void {
  server.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      request.log.error({ err: error }, 'request failed');
      return sendProblem(reply, status, 'The service failed on this request; its log says why.');
    }
    request.log.warn({ status, reason: error.message, path: pathOf(request) }, 'request refused');
    return sendProblem(reply, status, error.message, validationErrors(error));
  });
}

/** The path alone: queries may hold what does not belong in a log. */
export function pathOf(request: FastifyRequest): string {
  return (request.url.split('?', 1)[0] ?? '').slice(0, 200);
}

function validationErrors(error: FastifyError): Problem['errors'] {
  return error.validation?.map(({ instancePath, message, params }) => {
    const extra = params.additionalProperty;
    const path = `${error.validationContext ?? ''}${instancePath}${typeof extra === 'string' ? `/${extra}` : ''}`;
    return { path, message: message ?? 'is not valid' };
  });
}
