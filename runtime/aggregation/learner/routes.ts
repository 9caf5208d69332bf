// The decided trie as templates: what a path is assigned to, and the list of endpoints.
import type { Decided, DecidedParameter } from './decide.ts';
import { normalMethod, type PathSegment } from './observation.ts';
import { type ParameterType, parameterName, parameterType } from './parameter-name.ts';
import { isShapeToken, shapeOf, tokenOf } from './trie.ts';

export interface TemplateParameter extends ParameterType {
  readonly name: string;
  /** Index of the segment. */
  readonly position: number;
  /** Requests by shape class of the value: `integer`, `uuid`, …; `string` for texts. */
  readonly shapes: Readonly<Record<string, number>>;
}

/** One endpoint. */
export interface Template {
  readonly host: string;
  readonly method: string;
  /** `/users/{user_id}/posts`; percent-encoded where a literal needs it. */
  readonly path: string;
  readonly parameters: readonly TemplateParameter[];
  readonly requests: number;
  /** Milliseconds since the Unix epoch; 0 when unknown. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

interface Route {
  readonly path: string;
  readonly parameters: readonly TemplateParameter[];
  readonly literals: ReadonlyMap<string, Route>;
  readonly bySuffix: ReadonlyMap<string, Route>;
  readonly decided: Decided;
}

/** Routes of one host. */
export class Routes {
  private readonly root: Route;
  private readonly host: string;

  constructor(host: string, decided: Decided) {
    this.host = host;
    this.root = routeOf(decided, '', [], undefined, 0);
  }

  /** Template of a path; what was never seen keeps its text, except for certain values. */
  assign(segments: readonly PathSegment[]): string {
    let route: Route | undefined = this.root;
    for (const [i, segment] of segments.entries()) {
      const next = step(route, segment);
      if (next === undefined) return `${route.path}/${segments.slice(i).map(unknown).join('/')}`;
      route = next;
    }
    return route.path === '' ? '/' : route.path;
  }

  *templates(): Generator<Template> {
    yield* templatesOf(this.root, this.host);
  }
}

function step(route: Route, segment: PathSegment): Route | undefined {
  const token = tokenOf(segment);
  const literal = route.literals.get(token);
  if (literal !== undefined) return literal;
  const suffix = isShapeToken(token) ? shapeOf(token).suffix : '';
  return route.bySuffix.get(suffix) ?? route.bySuffix.get('');
}

function unknown(segment: PathSegment): string {
  const token = tokenOf(segment);
  return isShapeToken(token) ? `{value}${shapeOf(token).suffix}` : encode(token);
}

// Half surrogate pairs cannot be encoded (RFC 3629 §3); hostile texts may contain them.
const encode = (text: string): string =>
  encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /%(24|26|2B|2C|3A|3B|3D|40)/g,
    decodeURIComponent,
  );

function routeOf(
  decided: Decided,
  path: string,
  parameters: readonly TemplateParameter[],
  parent: string | undefined,
  depth: number,
): Route {
  const literals = new Map<string, Route>();
  for (const [token, next] of decided.literals)
    literals.set(token, routeOf(next, `${path}/${encode(token)}`, parameters, token, depth + 1));
  const bySuffix = new Map<string, Route>();
  const taken = new Set(parameters.map(parameter => parameter.name));
  for (const [suffix, next] of decided.parameters) {
    const parameter = describe(next, parent, taken, depth);
    const nextPath = `${path}/{${parameter.name}}${suffix}`;
    bySuffix.set(suffix, routeOf(next, nextPath, [...parameters, parameter], undefined, depth + 1));
  }
  return { path, parameters, literals, bySuffix, decided };
}

function describe(
  decided: DecidedParameter,
  parent: string | undefined,
  taken: ReadonlySet<string>,
  position: number,
): TemplateParameter {
  const { shapes } = decided;
  const sorted = Object.fromEntries([...shapes].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { name: parameterName(parent, shapes, taken), position, shapes: sorted, ...parameterType(shapes) };
}

function* templatesOf(route: Route, host: string): Generator<Template> {
  const methods = new Map<string, number>();
  let firstSeenMs = 0;
  let lastSeenMs = 0;
  for (const node of route.decided.place) {
    if (node.methods === undefined) continue;
    for (const [method, { requests }] of node.methods)
      methods.set(method, (methods.get(method) ?? 0) + requests);
    if (node.firstSeenMs > 0 && (firstSeenMs === 0 || node.firstSeenMs < firstSeenMs))
      firstSeenMs = node.firstSeenMs;
    lastSeenMs = Math.max(lastSeenMs, node.lastSeenMs);
  }
  const path = route.path === '' ? '/' : route.path;
  for (const [method, requests] of [...methods].sort(([a], [b]) => (a < b ? -1 : 1)))
    yield { host, method, path, parameters: route.parameters, requests, firstSeenMs, lastSeenMs };
  for (const [, next] of [...route.literals].sort(([a], [b]) => (a < b ? -1 : 1)))
    yield* templatesOf(next, host);
  for (const [, next] of [...route.bySuffix].sort(([a], [b]) => (a < b ? -1 : 1)))
    yield* templatesOf(next, host);
}

/** `GET /a/{x}`: the text of an endpoint, with a method name that is a known one. */
export function endpointText(method: string, path: string): string {
  return `${normalMethod(method)} ${path}`;
}
