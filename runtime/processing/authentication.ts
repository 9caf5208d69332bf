// Which credentials a request carried: the scheme of Authorization, and parameters known to hold keys.
import { type Authentication, Location } from '../protocol/generated/findings.ts';
import type { Header } from '../protocol/generated/mirror.ts';
import { parameterKey } from '../protocol/observation.ts';
import { headerValue } from './headers.ts';
import type { ParameterSet } from './points/parameter-set.ts';

export type AuthenticationType =
  | 'api-key'
  | 'aws-sigv4'
  | 'basic'
  | 'bearer'
  | 'cookie'
  | 'digest'
  | 'hawk'
  | 'hmac'
  | 'negotiate'
  | 'ntlm'
  | 'scram';

/** Names that hold credentials. Header names in lower case; the others are compared exactly. */
export interface AuthenticationNames {
  readonly headers: readonly string[];
  readonly cookies: readonly string[];
  readonly query: readonly string[];
  readonly form: readonly string[];
  readonly json: readonly string[];
}

/** Those of the product whose values we accept, and the session cookies of common frameworks. */
export const defaultAuthenticationNames: AuthenticationNames = {
  headers: [
    ...['apikey', 'client_secret', 'jwt', 'ocp-apim-subscription-key', 'x-secret', 'x-token', 'x-api-key'],
    ...[
      'api-key',
      'x-apikey',
      'x-auth-token',
      'x-access-token',
      'x-auth-key',
      'x-client-secret',
      'private-token',
    ],
    ...['x-goog-api-key', 'x-session-token'],
  ],
  cookies: [
    ...['access-token', 'access_token', 'auth-token', 'Authorization', 'jwt', 'KEYCLOAK_IDENTITY'],
    ...['refresh_token', 'session-token', 'JSESSIONID', 'PHPSESSID', 'ASP.NET_SessionId', 'connect.sid'],
    ...['session', 'sessionid', 'session_id', 'sid', 'auth_token', 'token', 'laravel_session', '_session_id'],
  ],
  query: [
    ...['access_token', 'api_key', 'apiKey', 'apikey', 'Authorization', 'authorization', 'client_secret'],
    'refresh_token',
  ],
  form: [
    ...[
      'access_token',
      'api_key',
      'apiKey',
      'Authorization',
      'authorization',
      'client_secret',
      'refresh_token',
    ],
  ],
  json: ['access_token', 'api_key', 'apiKey', 'client_secret', 'refresh_token'],
};

/** Authorization schemes (IANA registry and what is in use), by their name in lower case. */
const schemes: ReadonlyMap<string, AuthenticationType> = new Map([
  ['basic', 'basic'], // RFC 7617
  ['bearer', 'bearer'], // RFC 6750
  ['dpop', 'bearer'], // RFC 9449
  ['digest', 'digest'], // RFC 7616
  ['negotiate', 'negotiate'], // RFC 4559
  ['ntlm', 'ntlm'],
  ['hawk', 'hawk'],
  ['scram-sha-1', 'scram'], // RFC 7804
  ['scram-sha-256', 'scram'],
  ['aws4-hmac-sha256', 'aws-sigv4'],
  ['aws4-ecdsa-p256-sha256', 'aws-sigv4'],
  ['hmac', 'hmac'],
  ['hmac-sha256', 'hmac'],
  ['hmacauth', 'hmac'],
  ['signature', 'hmac'],
  ['oauth', 'hmac'], // RFC 5849 §3.5.1: signed
  ['aws', 'hmac'], // Signature version 2
  ['sharedkey', 'hmac'],
  ['acs3-hmac-sha256', 'hmac'],
]);

/** Headers with a signature over the request. */
const signatureHeaders = [
  'x-signature',
  'x-hub-signature-256',
  'x-hmac-signature',
  'x-hmac',
  'signature-input',
];

export class AuthenticationReader {
  /** By key of the parameter. */
  readonly #types = new Map<string, AuthenticationType>();

  /** Bodies have one list: a name of forms that only JSON carries is as much a credential. */
  constructor(names: AuthenticationNames = defaultAuthenticationNames) {
    const add = (location: Location, list: readonly string[], type: AuthenticationType = 'api-key') => {
      for (const name of list) this.#types.set(parameterKey({ location, name }), type);
    };
    add(Location.HEADER, signatureHeaders, 'hmac');
    add(
      Location.HEADER,
      names.headers.map(name => name.toLowerCase()),
    );
    add(Location.COOKIE, names.cookies, 'cookie');
    add(Location.QUERY, names.query);
    add(Location.QUERY, ['X-Amz-Signature'], 'aws-sigv4');
    add(Location.BODY, [...names.form, ...names.json]);
  }

  /** `parameters`: those of the same request, read before. */
  read(headers: readonly Header[], parameters: ParameterSet): Authentication[] {
    const found: Authentication[] = [];
    const authorization = headerValue(headers, 'authorization');
    if (authorization !== undefined && authorization !== '')
      found.push({
        type: authorizationType(authorization),
        location: Location.HEADER,
        name: 'authorization',
        requests: 1,
      });
    for (const [key, { location, name, types }] of parameters.entries()) {
      const type = this.#types.get(key);
      // Without a type it had no value.
      if (type !== undefined && types.length > 0) found.push({ type, location, name, requests: 1 });
    }
    return found;
  }
}

/** A value without a known scheme is a key: `Authorization: 3f2a…`, `ApiKey …`, `Token …`. */
export function authorizationType(value: string): AuthenticationType {
  const scheme = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32})(?:\s|$)/.exec(value)?.[1]?.toLowerCase() ?? '';
  const known = schemes.get(scheme);
  if (known !== undefined) return known;
  if (scheme.startsWith('scram-')) return 'scram';
  return scheme.includes('hmac') ? 'hmac' : 'api-key';
}
