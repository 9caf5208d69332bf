// Sends changed endpoints to the cloud, again and again until it confirms them.
import { Agent, request } from 'node:https';
import { Upload, UploadResult } from '../protocol/generated/upload.ts';
import { classifyTlsError, explainFailure, LinkError } from '../protocol/link-error.ts';
import { pskOptions } from '../protocol/psk.ts';
import { version } from '../service/version.ts';

export interface UploaderOptions {
  host: string;
  port: number;
  token: string;
  /** From the first byte sent to the last received. @default 30000 */
  timeoutMs?: number;
}

const path = '/api/v1/ingest';
const maxAnswerBytes = 64 * 1024;

/** The cloud was reached and said no. */
export class UploadRefusedError extends Error {
  override readonly name = 'UploadRefusedError';
  readonly status: number;

  constructor(status: number, detail: string) {
    const advice =
      status === 401 || status === 403
        ? ' It holds a different installation token: give all parts the same one.'
        : '';
    super(`The cloud answered the upload with ${status}: ${detail || 'no explanation'}.${advice}`);
    this.status = status;
  }
}

export class Uploader {
  readonly #options: UploaderOptions;
  readonly #agent: Agent;

  constructor(options: UploaderOptions) {
    this.#options = options;
    // Without cached sessions every connection proves the key anew.
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0 });
  }

  /** Resolves when the cloud has stored the upload. Rejects with LinkError or UploadRefusedError. */
  send(upload: Upload, signal: AbortSignal): Promise<UploadResult> {
    const { host, port, token, timeoutMs = 30_000 } = this.#options;
    const body = Buffer.from(Upload.encode(upload).finish());
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...pskOptions(token, 'upload'),
          agent: this.#agent,
          host,
          port,
          path,
          method: 'POST',
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/x-protobuf',
            'content-length': body.length,
            'user-agent': `wallarm-oob-aggregation/${version}`,
          },
        },
        response => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > maxAnswerBytes)
              outgoing.destroy(new Error(`the cloud's answer is longer than ${maxAnswerBytes} bytes`));
            else chunks.push(chunk);
          });
          response.on('error', fail);
          response.on('end', () => {
            const answer = Buffer.concat(chunks);
            if (response.statusCode !== 200)
              return reject(new UploadRefusedError(response.statusCode ?? 0, printable(answer)));
            try {
              resolve(UploadResult.decode(answer));
            } catch (error) {
              reject(new UploadRefusedError(200, `not an UploadResult (${(error as Error).message})`));
            }
          });
        },
      );
      outgoing.on('error', fail);
      outgoing.end(body);

      function fail(error: NodeJS.ErrnoException): void {
        const failure = signal.aborted
          ? 'aborted'
          : error.name === 'TimeoutError'
            ? 'timeout'
            : classifyTlsError(error);
        reject(
          new LinkError(
            failure,
            `upload link to ${host}:${port}: ${explainFailure(failure)} (${error.message})`,
            {
              cause: error,
            },
          ),
        );
      }
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function printable(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .slice(0, 200)
    .trim();
}
