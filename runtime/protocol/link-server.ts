// Server side of a link: accepts only peers that prove the installation token, within limits of count and time.
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { CertificateError, FileWatch, type ServerCertificates, serverContext } from './certificates.ts';
import { classifyTlsError, explainFailure, type LinkFailure, shortMessage } from './link-error.ts';
import { type Link, pskOptions } from './psk.ts';
import { type ProofError, proveToken } from './token-proof.ts';

/** Silence after which the kernel probes whether the other side still exists. */
export const keepAliveDelayMs = 30_000;

/** Why a connection was turned away. */
export type Rejection = LinkFailure | 'too-many' | 'idle';

export interface LinkServerOptions {
  token: string;
  link: Link;
  /** X.509 instead of the pre-shared key; replaced files are used from the next connection on. */
  certificates?: ServerCertificates | undefined;
  /** Connections at once, those still in their handshake included. @default 1024 */
  maxConnections?: number;
  /** From TCP accept to a finished handshake. @default 10000 */
  handshakeTimeoutMs?: number;
  /** Silence in both directions after which a connection is closed; its owner reconnects. @default 900000 */
  idleTimeoutMs?: number;
  /** Told once a minute per remote address, so that a scanner cannot fill the disk. */
  log?: { warn(details: object, message: string): void };
  /** Told for every connection turned away, for a counter. */
  onReject?: (reason: Rejection) => void;
}

export interface LinkServer {
  /** Port 0 takes any free one. Rejects when the address is in use or not allowed. */
  listen(address: { host: string; port: number }): Promise<AddressInfo>;
  /** Stops accepting; open connections stay. */
  stopListening(): void;
  /** Stops accepting and closes what is open. */
  close(): Promise<void>;
}

const logIntervalMs = 60_000;
const rememberedRemotes = 1024;

/**
 * `onSocket` gets each authenticated connection and owns it, except for errors: those are already logged.
 *
 * @throws CertificateError when the files of `certificates` cannot be used
 */
export function createLinkServer(
  options: LinkServerOptions,
  onSocket: (socket: TLSSocket) => void,
): LinkServer {
  const {
    token,
    link,
    certificates,
    maxConnections = 1024,
    handshakeTimeoutMs = 10_000,
    idleTimeoutMs = 900_000,
  } = options;
  const open = new Set<Socket>();
  const lastLogged = new Map<string, number>();
  const security = certificates === undefined ? pskOptions(token, link) : serverContext(certificates);
  const requestCert = certificates?.clientCa !== undefined && certificates.clientCa.length > 0;
  const server = createServer({
    ...security,
    requestCert,
    rejectUnauthorized: true,
    handshakeTimeout: handshakeTimeoutMs,
  });
  server.maxConnections = maxConnections;

  function reject(reason: Rejection, remote: string, detail?: string) {
    options.onReject?.(reason);
    const now = Date.now();
    const last = lastLogged.get(remote);
    if (last !== undefined && now - last < logIntervalMs) return;
    if (lastLogged.size >= rememberedRemotes) lastLogged.clear();
    lastLogged.set(remote, now);
    const why =
      reason === 'too-many'
        ? `more than ${maxConnections} connections`
        : reason === 'idle'
          ? `silent for ${idleTimeoutMs} ms`
          : explainFailure(reason);
    options.log?.warn({ link, remote, reason, detail }, `connection on the ${link} link turned away: ${why}`);
  }

  if (certificates !== undefined) {
    const files = [certificates.certificate, certificates.key, ...(certificates.clientCa ?? [])];
    const watch = new FileWatch(files);
    // Before TLS takes the connection over.
    server.prependListener('connection', () => {
      if (!watch.changed()) return;
      try {
        server.setSecureContext(serverContext(certificates));
      } catch (error) {
        if (!(error instanceof CertificateError)) throw error;
        options.log?.warn({ link, err: error.message }, 'new certificates cannot be used; the old ones stay');
      }
    });
  }
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('drop', data => reject('too-many', data?.remoteAddress ?? 'unknown'));
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    // Node checks the client's certificate itself, and then reports no more than the end of the connection.
    const distrust = socket.authorizationError as unknown as string | null | undefined;
    const reason = distrust ? 'certificates' : classifyTlsError(error, certificates !== undefined);
    // The address is gone once the socket is destroyed, as after a reset.
    reject(reason, socket.remoteAddress ?? 'unknown', distrust || shortMessage(error));
    socket.destroy();
  });
  server.on('secureConnection', socket => {
    const remote = socket.remoteAddress ?? 'unknown';
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveDelayMs);
    socket.setTimeout(idleTimeoutMs, () => {
      reject('idle', remote);
      socket.destroy();
    });
    // Without a listener a reset would end the process; owners learn of the end by 'close'.
    socket.on('error', error =>
      options.log?.warn({ link, remote, err: shortMessage(error) }, 'connection lost'),
    );
    if (certificates === undefined) return onSocket(socket);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      socket.destroy();
    }, handshakeTimeoutMs);
    proveToken(socket, token, link, 'server')
      .finally(() => clearTimeout(timer))
      .then(
        () => onSocket(socket),
        (error: ProofError) => {
          reject(isLate ? 'timeout' : error.isClosed ? 'unreachable' : 'wrong-token', remote);
          socket.destroy();
        },
      );
  });

  return {
    listen: address =>
      new Promise((resolve, rejectListen) => {
        server.once('error', rejectListen);
        server.listen(address.port, address.host, () => {
          server.off('error', rejectListen);
          resolve(server.address() as AddressInfo);
        });
      }),
    stopListening: () => void server.close(),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
