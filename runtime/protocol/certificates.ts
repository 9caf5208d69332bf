// X.509 on a link: which files, read and checked, and what TLS is told. The token is proven as well (token-proof.ts).
import { statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { readSmallFile } from '../service/small-file.ts';

/** Files of a server: PEM, as in a Secret of the type kubernetes.io/tls. */
export interface ServerCertificates {
  /** The certificate, with intermediate ones after it. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities of clients. Not empty, every client must have a certificate of one of them (RFC 8446 §4.3.2). */
  readonly clientCa?: readonly string[];
}

/** Files of a client. */
export interface ClientCertificates {
  /**
   * Authorities of the server, or its own certificate. Files that are not there are passed over, as long as one is: a
   * Secret need not hold `ca.crt`.
   */
  readonly ca: readonly string[];
  /** For a server that asks for a certificate. */
  readonly own?: { readonly certificate: string; readonly key: string } | undefined;
  /** Name in the server's certificate. @default the host that is connected to */
  readonly serverName?: string | undefined;
}

/** The certificates cannot be used. The message names the file and says what to do. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

const maxFileBytes = 256 * 1024;

/** With certificates there is no pre-shared key whose hash would bind the suites. */
export const certificateTls = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ecdhCurve: 'X25519MLKEM768:X25519:P-256',
} as const;

/** @throws CertificateError when a file is missing or not PEM, or the key is not that of the certificate */
export function serverContext({ certificate, key, clientCa = [] }: ServerCertificates) {
  const options = { ...certificateTls, ...pair(certificate, key) };
  if (clientCa.length === 0) return checked(options, [certificate, key]);
  return checked({ ...options, ca: clientCa.map(readFile) }, [certificate, key, ...clientCa]);
}

/** @throws CertificateError, as {@link serverContext}, and when none of `ca` is there */
export function clientContext({ ca, own }: ClientCertificates) {
  const found = ca.filter(exists);
  if (found.length === 0)
    throw new CertificateError(
      `${ca.join(', ')}: none is there; name a file with the authority of the server`,
    );
  // The server's own certificate may stand for its authority (RFC 5280 §6.1.1 leaves the choice of anchors open).
  const mine = own ? pair(own.certificate, own.key) : {};
  const options = { ...certificateTls, ...mine, ca: found.map(readFile), allowPartialTrustChain: true };
  return checked(options, [...found, ...(own ? [own.certificate, own.key] : [])]);
}

function pair(certificate: string, key: string) {
  return { cert: readFile(certificate), key: readFile(key) };
}

function checked<T extends SecureContextOptions>(options: T, files: readonly string[]): T {
  try {
    createSecureContext(options);
    return options;
  } catch (error) {
    const { message } = error as Error;
    const what = /key values mismatch/i.test(message)
      ? 'the key is not that of the certificate'
      : `not usable (${message.split(':').slice(-1)[0]})`;
    throw new CertificateError(`${files.join(', ')}: ${what}; give PEM files that belong together`);
  }
}

function readFile(path: string): Buffer {
  try {
    return readSmallFile(path, maxFileBytes);
  } catch (error) {
    throw new CertificateError(`${path}: cannot be read: ${(error as Error).message}`);
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Notices that files were replaced, as the kubelet does it for a Secret (a link turned to another folder) and as people
 * do it. Looks when asked, at most once a second: nothing runs between connections.
 */
export class FileWatch {
  readonly #paths: readonly string[];
  #seen: string;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
    this.#seen = this.#look();
  }

  changed(nowMs = performance.now(), intervalMs = 1000): boolean {
    if (nowMs - this.#lookedAt < intervalMs) return false;
    this.#lookedAt = nowMs;
    const seen = this.#look();
    if (seen === this.#seen) return false;
    this.#seen = seen;
    return true;
  }

  #look(): string {
    return this.#paths
      .map(path => {
        const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
        return stat ? `${stat.dev}:${stat.ino}:${stat.mtimeNs}:${stat.size}` : '';
      })
      .join(' ');
  }
}
