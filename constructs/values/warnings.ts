import type { Values } from './schema.ts';
import { remarksOn } from './without-effect.ts';

/** All keys of an installation are derived from its token. */
export const shortToken = {
  characters: 16,
  warning:
    'config.api.token: shorter than 16 characters, and every key is derived from it: use 32 random ones or more',
} as const;

/** One line for each value that is accepted and probably not meant. No line holds a secret. */
export function warningsOn(values: Values): readonly string[] {
  const { token, existingSecret } = values.config.api;
  // An empty one is refused.
  const isShort = token !== '' && !existingSecret.enabled && [...token].length < shortToken.characters;
  return [...(isShort ? [shortToken.warning] : []), ...remarksOn(values)];
}
