// What the traffic generator needs of an OpenAPI document: its operations, with references followed.

export type Json = { readonly [key: string]: unknown };

export interface ApiParameter {
  readonly name: string;
  readonly location: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Json;
  readonly example: unknown;
}

export interface ApiOperation {
  /** Position in `Api.operations`. */
  readonly index: number;
  readonly method: string;
  /** Segments with the server's base path in front; parameters as `{name}`, possibly inside a segment: `{id}.json`. */
  readonly segments: readonly string[];
  readonly parameters: readonly ApiParameter[];
  /** Media type and schema of the request body. */
  readonly body: { readonly type: string; readonly schema: Json } | undefined;
  /** Documented 2xx statuses with their media type ('' without content). */
  readonly successes: readonly { readonly status: number; readonly type: string }[];
  readonly secured: boolean;
}

export interface Api {
  readonly name: string;
  readonly host: string;
  readonly document: Json;
  readonly operations: readonly ApiOperation[];
}

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const;

/** Operations of a document. Paths with `?` or `#` are left out: they are not paths (RFC 3986 §3.3). */
export function readApi(name: string, document: Json): Api {
  const base = basePath(document);
  const operations: ApiOperation[] = [];
  const seen = new Set<string>();
  for (const [path, itemValue] of Object.entries(object(document.paths))) {
    if (/[?#]/.test(path)) continue;
    const item = resolve(document, itemValue);
    const segments = [...base, ...path.split('/').filter(segment => segment !== '')];
    for (const method of methods) {
      if (item[method] === undefined) continue;
      const key = `${method} ${segments.map(segment => segment.replace(/\{[^}]*\}/g, '{}')).join('/')}`;
      if (seen.has(key)) continue; // Two names of the same template cannot be told apart by anyone.
      seen.add(key);
      operations.push(readOperation(document, item, method, segments, operations.length));
    }
  }
  return { name, host: `api.${name.split('/').reverse().join('.')}`, document, operations };
}

function readOperation(
  document: Json,
  item: Json,
  method: string,
  segments: string[],
  index: number,
): ApiOperation {
  const operation = object(item[method]);
  const parameters = new Map<string, ApiParameter>();
  for (const value of [...array(item.parameters), ...array(operation.parameters)]) {
    const parameter = resolve(document, value);
    const location = parameter.in;
    if (location !== 'path' && location !== 'query' && location !== 'header') continue;
    const schema = resolve(document, parameter.schema ?? {});
    parameters.set(`${location} ${parameter.name}`, {
      name: String(parameter.name),
      location,
      required: parameter.required === true,
      schema,
      example: parameter.example ?? schema.example ?? schema.default,
    });
  }
  const content = object(resolve(document, operation.requestBody ?? {}).content);
  const [type, media] = Object.entries(content)[0] ?? [];
  const successes = Object.entries(object(operation.responses))
    .filter(([status]) => /^2\d\d$/.test(status))
    .map(([status, response]) => ({
      status: Number(status),
      type: Object.keys(object(resolve(document, response).content))[0] ?? '',
    }));
  return {
    index,
    method: method.toUpperCase(),
    segments,
    parameters: [...parameters.values()],
    body: type === undefined ? undefined : { type, schema: object(object(media).schema) },
    successes: successes.length > 0 ? successes : [{ status: 200, type: 'application/json' }],
    secured: array(operation.security ?? document.security).length > 0,
  };
}

function basePath(document: Json): string[] {
  const server = object(array(document.servers)[0]);
  let url = String(server.url ?? '/');
  for (const [variable, definition] of Object.entries(object(server.variables)))
    url = url.replaceAll(`{${variable}}`, String(object(definition).default ?? variable));
  const path = url.replace(/^(https?:)?\/\/[^/]*/, '');
  return path.split('/').filter(segment => segment !== '');
}

/** Follows `$ref` (RFC 6901 pointers into the same document). What cannot be followed is an empty object. */
export function resolve(document: Json, value: unknown): Json {
  let current: unknown = value;
  for (let hops = 0; hops < 20; hops++) {
    const reference = object(current).$ref;
    if (typeof reference !== 'string') break;
    current = document;
    for (const part of reference.split('/').slice(1)) {
      const key = decodeURIComponent(part.replaceAll('~1', '/').replaceAll('~0', '~'));
      current = (current as Record<string, unknown> | undefined)?.[key];
    }
  }
  return object(current);
}

export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
