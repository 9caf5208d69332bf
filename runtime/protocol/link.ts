// Client side of a link; the server side is link-server.ts. Both over psk.ts.
import { connect, type TLSSocket } from 'node:tls';
import { classifyTlsError, explainFailure, LinkError, shortMessage } from './link-error.ts';
import { keepAliveDelayMs } from './link-server.ts';
import { type Link, pskOptions } from './psk.ts';

export { LinkError, type LinkFailure } from './link-error.ts';
export { createLinkServer, type LinkServer, type LinkServerOptions, type Rejection } from './link-server.ts';
export { type Link, type PskOptions, pskIdentity, pskOptions } from './psk.ts';

export interface ConnectOptions {
  host: string;
  port: number;
  /** Installation token. */
  token: string;
  link: Link;
  signal?: AbortSignal;
  /** Name resolution, TCP and TLS together. @default 10000 */
  timeoutMs?: number;
}

/**
 * Opens one authenticated connection. Rejects with LinkError (`failure` says why); nothing stays open then.
 * After it resolves the caller owns the socket, its errors included.
 */
export function connectLink(options: ConnectOptions): Promise<TLSSocket> {
  const { host, port, token, link, signal, timeoutMs = 10_000 } = options;
  const where = `${link} link to ${host}:${port}`;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(failure('aborted'));
    const socket = connect({ ...pskOptions(token, link), host, port });
    const timer = setTimeout(() => end(failure('timeout')), timeoutMs);
    const onAbort = () => end(failure('aborted'));
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', onSecure);
    socket.once('error', onError);
    socket.once('close', onClose);

    function failure(kind: LinkError['failure'], cause?: Error): LinkError {
      const detail = cause === undefined ? '' : ` (${shortMessage(cause)})`;
      return new LinkError(kind, `${where}: ${explainFailure(kind)}${detail}`, cause && { cause });
    }
    function settle() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('secureConnect', onSecure).off('error', onError).off('close', onClose);
    }
    function end(error: LinkError) {
      settle();
      socket.on('error', () => {}); // a late error of a socket already given up
      socket.destroy();
      reject(error);
    }
    function onSecure() {
      settle();
      socket.setNoDelay(true);
      socket.setKeepAlive(true, keepAliveDelayMs);
      resolve(socket);
    }
    function onError(error: NodeJS.ErrnoException) {
      end(failure(classifyTlsError(error), error));
    }
    function onClose() {
      end(failure('unreachable'));
    }
  });
}
