import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * A comparison with one token whose time depends neither on where the two differ nor on their lengths:
 * the HMACs under a key of this process are compared, not the texts.
 */
export function tokenChecker(token: string): (candidate: string) => boolean {
  const key = randomBytes(32);
  const digest = (text: string) => createHmac('sha256', key).update(text).digest();
  const expected = digest(token);
  return candidate => timingSafeEqual(digest(candidate), expected);
}

type Headers = Record<string, string | string[] | undefined>;

/** The token of a request: `Authorization: Bearer …` (RFC 6750 §2.1), else `X-WallarmApi-Token`. */
export function tokenOf(headers: Headers): string | undefined {
  const { authorization } = headers;
  if (typeof authorization === 'string') {
    const match = /^bearer +(\S+) *$/i.exec(authorization);
    if (match?.[1] !== undefined) return match[1];
  }
  const token = headers['x-wallarmapi-token'];
  return typeof token === 'string' ? token : undefined;
}
