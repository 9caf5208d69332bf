// Client side of a link; the server side is link-server.ts. Both over psk.ts.
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type ClientCertificates, certificateTls, clientContext } from './certificates.ts';
import { classifyTlsError, explainFailure, LinkError, shortMessage } from './link-error.ts';
import { keepAliveDelayMs } from './link-server.ts';
import { type Link, pskOptions } from './psk.ts';
import { type ProofError, proveToken } from './token-proof.ts';

export { CertificateError, type ClientCertificates, type ServerCertificates } from './certificates.ts';
export { LinkError, type LinkFailure } from './link-error.ts';
export { createLinkServer, type LinkServer, type LinkServerOptions, type Rejection } from './link-server.ts';
export { type Link, type PskOptions, pskIdentity, pskOptions } from './psk.ts';

export interface ConnectOptions {
  host: string;
  port: number;
  /** Installation token. */
  token: string;
  link: Link;
  /** X.509 instead of the pre-shared key; the files are read anew for every connection. */
  certificates?: ClientCertificates | undefined;
  signal?: AbortSignal;
  /** Name resolution, TCP and TLS together. @default 10000 */
  timeoutMs?: number;
}

/**
 * Opens one authenticated connection. Rejects with LinkError (`failure` says why); nothing stays open then.
 * After it resolves the caller owns the socket, its errors included.
 */
export function connectLink(options: ConnectOptions): Promise<TLSSocket> {
  const { host, port, token, link, certificates, signal, timeoutMs = 10_000 } = options;
  const where = `${link} link to ${host}:${port}`;
  return new Promise((resolve, reject) => {
    let settled = false;
    let isProving = false;
    if (signal?.aborted) return reject(failure('aborted'));
    let security: ReturnType<typeof tlsOptions>;
    try {
      security = tlsOptions(options);
    } catch (error) {
      return reject(failure('certificates', error as Error));
    }
    const socket = connect({ ...security, host, port });
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
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('secureConnect', onSecure).off('error', onError).off('close', onClose);
    }
    function end(error: LinkError) {
      if (settled) return; // a connection that ends ends its proof too
      settle();
      socket.on('error', () => {}); // a late error of a socket already given up
      socket.destroy();
      reject(error);
    }
    function onSecure() {
      if (certificates === undefined) return hand();
      isProving = true;
      proveToken(socket, token, link, 'client').then(hand, (error: ProofError) => {
        // Of an end, 'error' or 'close' tells more.
        if (!error.isClosed) end(failure('wrong-token', error));
      });
    }
    function hand() {
      settle();
      socket.setNoDelay(true);
      socket.setKeepAlive(true, keepAliveDelayMs);
      resolve(socket);
    }
    function onError(error: NodeJS.ErrnoException) {
      const kind = classifyTlsError(error, certificates !== undefined);
      end(failure(isProving && kind === 'unreachable' ? 'turned-away' : kind, error));
    }
    function onClose() {
      end(failure(isProving ? 'turned-away' : 'unreachable'));
    }
  });
}

function tlsOptions({ host, token, link, certificates }: ConnectOptions) {
  if (certificates === undefined) return pskOptions(token, link);
  const servername = certificates.serverName ?? host;
  return {
    ...certificateTls,
    ...clientContext(certificates),
    // RFC 6066 §3: an address is no server name; it is still compared with the certificate.
    ...(isIP(servername) === 0 ? { servername } : {}),
  };
}
