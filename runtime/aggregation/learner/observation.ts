/** A segment of a path: its percent-decoded text, or the shape class that replaced the text earlier. */
export type PathSegment = string | { readonly shape: string };

/** Requests that agree in host, method, path, status and content types. No parameter value but path text is in here. */
export interface PathObservation {
  /** Lower case. */
  readonly host: string;
  readonly method: string;
  /** Without empty segments. */
  readonly segments: readonly PathSegment[];
  /** HTTP status; 0 when unknown. */
  readonly status?: number;
  readonly requestContentType?: string;
  readonly responseContentType?: string;
  /** Names only. */
  readonly queryKeys?: readonly string[];
  /** Names of the body's top level only. */
  readonly bodyKeys?: readonly string[];
  /** Default 1. */
  readonly requests?: number;
  /** Milliseconds since the Unix epoch. Default 0: unknown. */
  readonly firstSeenMs?: number;
  readonly lastSeenMs?: number;
}

/** Requests that agree in host, method and path, summed. */
export interface PathCounters {
  readonly host: string;
  readonly method: string;
  readonly segments: readonly PathSegment[];
  readonly requests: number;
  /** Milliseconds since the Unix epoch; 0: unknown. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly outcomes: readonly {
    readonly status: number;
    /** A media type, or its class. */
    readonly responseContentType: string;
    readonly requests: number;
  }[];
  /** Names and the requests that carried them; of bodies the top level only. */
  readonly queryKeys: ReadonlyMap<string, number>;
  readonly bodyKeys: ReadonlyMap<string, number>;
}

const methods = new Set([
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'QUERY',
]);

/** The method if it is a registered one, else `OTHER`: hostile method names must not become endpoints. */
export function normalMethod(method: string): string {
  return methods.has(method) ? method : 'OTHER';
}

/** Coarse class of a media type, or of a finer class; few enough that their combinations stay bounded. */
export function contentClass(type: string | undefined): string {
  if (type === undefined || type === '') return '-';
  if (type.includes('json')) return 'json';
  if (type.includes('xml')) return 'xml';
  if (type.includes('form') || type === 'multipart') return 'form';
  if (type.includes('octet-stream')) return 'octet';
  if (type.startsWith('text/') || /^(html|text|event-stream)$/.test(type)) return 'text';
  return 'other';
}
