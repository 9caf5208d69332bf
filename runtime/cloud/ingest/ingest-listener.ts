import type { ServerOptions } from 'node:https';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { checkUploadBody } from '../../protocol/frame-bounds.ts';
import { Upload, UploadResult } from '../../protocol/generated/upload.ts';
import type { CloudMetrics } from '../cloud-metrics.ts';
import type { FailureLimiter } from '../rest/failure-limiter.ts';
import { httpListener } from '../rest/http-listener.ts';
import { sendProblem } from '../rest/problem.ts';
import { requireToken } from '../rest/require-token.ts';
import type { Storage } from '../storage/storage.ts';
import { type CheckedUpload, checkUpload, UploadError } from './upload-check.ts';

export const uploadPath = '/api/v1/ingest';
export const uploadType = 'application/x-protobuf';

/** Bytes of one upload: 16 MiB. */
export const uploadLimitBytes = 16 * 1024 * 1024;

export type IngestOptions = {
  readonly token: string;
  readonly storage: Storage;
  readonly log: Logger;
  readonly metrics: CloudMetrics;
  readonly limiter: FailureLimiter;
  /** TLS with the pre-shared key; without it the listener is plain HTTP, for tests of the route alone. */
  readonly tls?: ServerOptions;
  readonly requestTimeoutMs?: number;
};

/** The listener that aggregation uploads to. An upload is answered when it is durable. */
export function ingestListener(options: IngestOptions): FastifyInstance {
  const { metrics, storage } = options;
  const server = httpListener({
    name: 'ingest',
    log: options.log,
    metrics,
    bodyLimitBytes: uploadLimitBytes,
    connections: 256,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.requestTimeoutMs === undefined ? {} : { requestTimeoutMs: options.requestTimeoutMs }),
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(uploadType, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.addHook('onRequest', requireToken({ ...options, listener: 'ingest' }));

  server.post(uploadPath, async (request, reply) => {
    if (!Buffer.isBuffer(request.body)) {
      return sendProblem(reply, 415, `The body must be an Upload message of type ${uploadType}.`);
    }
    let checked: CheckedUpload;
    try {
      checked = checkUpload(decodeUpload(request.body));
    } catch (error) {
      if (!(error instanceof UploadError)) throw error;
      request.log.warn({ reason: error.message, bytes: request.body.length }, 'upload refused');
      return sendProblem(reply, 400, error.message);
    }
    const { batch, refusals } = checked;
    const { stored, known } = await storage.ingest(batch);
    metrics.endpoints.inc({ result: 'stored' }, stored);
    metrics.endpoints.inc({ result: 'known' }, known);
    metrics.endpoints.inc({ result: 'refused' }, refusals.length);
    if (refusals.length > 0) {
      request.log.warn(
        { cluster: batch.cluster, refused: refusals.length, first: refusals[0] },
        'endpoints of an upload refused',
      );
    }
    request.log.debug({ cluster: batch.cluster, stored, known }, 'upload stored');
    return reply
      .type(uploadType)
      .send(Buffer.from(UploadResult.encode({ accepted: stored + known }).finish()));
  });
  return server;
}

/** @throws UploadError when the bytes are not an Upload message */
function decodeUpload(body: Uint8Array): Upload {
  try {
    checkUploadBody(body);
    return Upload.decode(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UploadError(`The body of ${body.length} bytes is not an Upload message: ${reason}`);
  }
}
