// The pre-shared-key security of every connection between the parts of one installation: TLS 1.3 with an external
// PSK (RFC 8446 §2.2, §4.2.11) and an ephemeral exchange (psk_dhe_ke), so that a token that leaks later opens no
// recorded traffic. The key is derived from the installation token, which every part already has.
import { hkdfSync, timingSafeEqual } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** What a connection is for. Each link has its own key, so bytes meant for one are never accepted by another. */
export type Link = 'mirror' | 'findings' | 'upload' | 'mesh';

const protocolVersion = 1;
const keyBytes = 32;

/** The PSK identity: not secret, tells the server which key the client means. */
export function pskIdentity(link: Link): string {
  return `wallarm-oob/${link}/${protocolVersion}`;
}

/**
 * HKDF-SHA-256 (RFC 5869) of the token; the info names product, link and version. 32 bytes.
 * HKDF does not slow down guessing: the token must be random (≥ 128 bits), as generated tokens are.
 */
export function derivePsk(token: string, link: Link): Buffer {
  return Buffer.from(
    hkdfSync('sha256', token, 'wallarm-oob installation token', pskIdentity(link), keyBytes),
  );
}

/** Node calls the server's form with the socket and the identity, the client's with the hint alone. */
export interface PskCallback {
  (hint: string | null): { psk: Buffer; identity: string };
  (socket: TLSSocket, identity: string): Buffer | null;
}

/** TLS options of one link; the same object serves both sides. */
export interface PskOptions {
  minVersion: 'TLSv1.3';
  maxVersion: 'TLSv1.3';
  ciphers: string;
  ecdhCurve: string;
  pskCallback: PskCallback;
  checkServerIdentity: () => Error | undefined;
}

/**
 * TLS options for `tls.connect`, `tls.createServer`, `https.createServer` and `https.request`: both sides must hold
 * the same `token` and mean the same `link`.
 *
 * - Only suites with SHA-256, because a PSK is bound to its hash (RFC 8446 §4.2.11).
 * - The hybrid post-quantum group first (draft-ietf-tls-ecdhe-mlkem; OpenSSL ≥ 3.5, which Node 24 carries).
 * - `checkServerIdentity` runs only when the server answered with a certificate, that is, without proving the key:
 *   even a publicly trusted certificate is refused.
 */
export function pskOptions(token: string, link: Link): PskOptions {
  const psk = derivePsk(token, link);
  const identity = pskIdentity(link);
  function pskCallback(hint: string | null): { psk: Buffer; identity: string };
  function pskCallback(socket: TLSSocket, offered: string): Buffer | null;
  function pskCallback(_peer: unknown, offered?: string) {
    if (offered === undefined) return { psk, identity };
    return sameText(offered, identity) ? psk : null;
  }
  return {
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
    ecdhCurve: 'X25519MLKEM768:X25519:P-256',
    pskCallback,
    checkServerIdentity: () =>
      new Error(
        'The other side answered with a certificate instead of the pre-shared key: it is not part of this installation.',
      ),
  };
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
