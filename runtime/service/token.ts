// The installation token: the one secret that all parts of an installation share. It is read from the environment,
// never from a configuration file, and never logged.
import { readSmallFile } from './small-file.ts';

export class TokenError extends Error {
  override readonly name = 'TokenError';
}

const maxTokenBytes = 4096;

/**
 * From `WALLARM_API_TOKEN`, or the file named by `WALLARM_API_TOKEN_FILE`; surrounding white space is dropped.
 * Throws TokenError saying what to do; the message never holds the token.
 */
export function readToken(env: NodeJS.ProcessEnv = process.env): string {
  const direct = env.WALLARM_API_TOKEN?.trim() || undefined;
  const file = env.WALLARM_API_TOKEN_FILE || undefined;
  if (direct !== undefined) return checked(direct, 'WALLARM_API_TOKEN');
  if (file === undefined)
    throw new TokenError(
      'No installation token: set WALLARM_API_TOKEN, or WALLARM_API_TOKEN_FILE to the path of a file that holds it. ' +
        'All parts of one installation need the same token.',
    );
  let text: string;
  try {
    text = readSmallFile(file, maxTokenBytes).toString().trim();
  } catch (error) {
    throw new TokenError(
      `WALLARM_API_TOKEN_FILE names ${file}, which cannot be used: ${(error as Error).message}`,
    );
  }
  if (text === '') throw new TokenError(`WALLARM_API_TOKEN_FILE names ${file}, which is empty.`);
  return checked(text, file);
}

/** A token goes into an HTTP header (RFC 6750 §2.1), so only visible ASCII serves. */
function checked(token: string, source: string): string {
  if (!/^[\x21-\x7e]+$/.test(token) || token.length > maxTokenBytes)
    throw new TokenError(
      `The installation token from ${source} must be one word of at most ${maxTokenBytes} visible ASCII characters.`,
    );
  return token;
}
