// Which exchanges count as use of an API. Refusals are counted by name, never silent.
import type { Exchange } from '../protocol/generated/mirror.ts';
import type { AdmissionConfig } from './config.ts';
import type { ConnectorRefusal } from './connector/connector.ts';
import { headerValue, mediaType } from './headers.ts';
import { isLoopbackHost, normaliseHost } from './host.ts';
import { type ParsedTarget, parseTarget, type TargetRefusal } from './request-target.ts';

export type Refusal =
  | 'malformed'
  | 'no-response'
  | 'status'
  | 'method'
  | 'host-invalid'
  | 'host-loopback'
  | 'segment'
  | 'content-type'
  | 'mcp-housekeeping'
  | ConnectorRefusal
  | TargetRefusal;

export interface Admitted {
  host: string;
  method: string;
  target: ParsedTarget;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/; // RFC 9110 §5.6.2
const strictSegment = /^[\w{}\s-]+(?:[.@][\w{}\s-]+)*$/;
// CJK symbols and punctuation, controls, and what only markup and injections have.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const refusedCharacters = /[\u0000-\u001f\u007f\u3000-\u303f<>"'`\\]/;
/** `Users('ann')`: a key of OData (OData 4.01, URL conventions §4.3.1) needs its quotes. */
const odataKey = /(?<=^[A-Za-z_][\w.]*)\((?:\w+=)?'[\w .@:-]*'\)$/;
// Content negotiation in reverse (`*/*` in a response) says as little as no header.
const apiContentType =
  /^(?:\*\/\*|text\/(?:xml|json)|application\/(?:[\w.+-]*json|[\w.+-]*xml|octet-stream|grpc[\w.+-]*))$/;

/** A reason, or what the exchange says about host, method and target. */
export function admit(exchange: Exchange, settings: AdmissionConfig): Refusal | Admitted {
  const { request, response, tls } = exchange;
  if (request === undefined || !token.test(request.method)) return 'malformed';
  if (response === undefined) return 'no-response';
  if (response.status < settings.minStatus || response.status > settings.maxStatus) return 'status';
  if (settings.ignoredMethods.includes(request.method)) return 'method';
  const target = parseTarget(request.target);
  if (typeof target === 'string') return target;
  const host = normaliseHost(target.authority ?? request.authority, tls);
  if (host === undefined) return 'host-invalid';
  if (!settings.loopbackHosts && isLoopbackHost(host)) return 'host-loopback';
  const admissible = settings.segments === 'strict' ? matchesStrict : hasNoRefusedCharacter;
  if (!target.segments.every(admissible)) return 'segment';
  if (settings.responseContentType || hasFileExtension(target.segments.at(-1))) {
    const type = mediaType(headerValue(response.headers, 'content-type'));
    if (type !== '' && !apiContentType.test(type)) return 'content-type';
  }
  return { host, method: request.method, target };
}

function matchesStrict(segment: string): boolean {
  return strictSegment.test(segment) && hasNoRefusedCharacter(segment);
}

function hasNoRefusedCharacter(segment: string): boolean {
  return !refusedCharacters.test(segment.includes("'") ? segment.replace(odataKey, '()') : segment);
}

/** `app.js`, not `v1.2` and not `jane@example.com`. */
function hasFileExtension(segment: string | undefined): boolean {
  return segment !== undefined && !segment.includes('@') && /\.[A-Za-z][A-Za-z0-9]{0,7}$/.test(segment);
}
