// Proof of the installation token inside a TLS connection that certificates secure: both ends of a link always prove
// it. 32 bytes each way before the first frame, the client's first: HMAC-SHA-256, under the link's key, of keying
// material that only the two ends of this one connection have (RFC 8446 §7.5, RFC 5705 §4), so that nobody between
// them can pass a proof on.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { derivePsk, type Link } from './psk.ts';

export const proofBytes = 32;
const label = 'EXPORTER-wallarm-oob-token';

type Role = 'client' | 'server';

/** The other side did not prove the token. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
  /** Whether it closed the connection instead, as one does that holds another token. */
  readonly isClosed: boolean;

  constructor(message: string, isClosed: boolean) {
    super(message);
    this.isClosed = isClosed;
  }
}

function proofOf(socket: TLSSocket, key: Buffer, role: Role): Buffer {
  const bound = socket.exportKeyingMaterial(proofBytes, label, Buffer.alloc(0));
  return createHmac('sha256', key).update(bound).update(role).digest();
}

/**
 * Proves the token and waits for the other side's proof; bytes after it stay in the socket. The caller ends the wait by
 * destroying the socket.
 *
 * @throws ProofError
 */
export async function proveToken(socket: TLSSocket, token: string, link: Link, role: Role): Promise<void> {
  const key = derivePsk(token, link);
  const expected = proofOf(socket, key, role === 'client' ? 'server' : 'client');
  if (role === 'client') socket.write(proofOf(socket, key, role));
  const received = await readExactly(socket, proofBytes);
  if (!timingSafeEqual(received, expected)) throw new ProofError('another token', false);
  // Only to a client that has proven its own: a proof lets others guess at a weak token.
  if (role === 'server') socket.write(proofOf(socket, key, role));
}

function readExactly(socket: TLSSocket, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const onReadable = () => {
      const chunk = socket.read(bytes) as Buffer | null;
      if (chunk === null) return;
      settle();
      // At its end a stream gives what is left.
      if (chunk.length === bytes) resolve(chunk);
      else reject(new ProofError('closed before its proof', true));
    };
    const onClose = () => {
      settle();
      reject(new ProofError('closed before its proof', true));
    };
    const settle = () => {
      socket.off('readable', onReadable).off('close', onClose).off('end', onClose);
    };
    socket.on('readable', onReadable).once('close', onClose).once('end', onClose);
    onReadable();
  });
}
