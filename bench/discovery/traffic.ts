// Traffic of one API, generated from its document. Same API, shape and seed: same requests, in the same order.
import { sample } from './bodies.ts';
import type { Exchange, LabelledExchange } from './exchange.ts';
import { noiseExchange } from './noise.ts';
import type { Api, ApiOperation, ApiParameter } from './openapi.ts';
import { Random, Zipf } from './random.ts';
import type { TrafficShape } from './shapes.ts';
import {
  type Difficulty,
  population,
  populationKey,
  type SlugVocabulary,
  type ValueKind,
  valueKind,
  valueStyle,
} from './values.ts';
import { routeWords } from './words.ts';

export type OperationKind = 'static' | Difficulty;

interface Source {
  readonly kind: ValueKind;
  readonly draw: () => string;
  readonly pinned: boolean;
}

interface Route {
  readonly operation: ApiOperation;
  /** Literal text, or a parameter with the text around it. */
  readonly parts: readonly (string | readonly (string | Source)[])[];
  readonly query: readonly {
    readonly name: string;
    readonly source: Source;
    readonly probability: number;
    readonly list: boolean;
  }[];
}

/** Generated traffic and the truth about it. */
export class Traffic {
  readonly api: Api;
  readonly requests: number;
  /** Difficulty of each operation: its hardest parameter. */
  readonly kinds: readonly OperationKind[];
  /** JSON type that the values of each operation's parameters suggest, by location and name. */
  readonly types: ReadonlyMap<string, string>;
  /** Parameters that always have the same value, by the same keys: nobody can tell them from literals. */
  readonly pinned: ReadonlySet<string>;
  private readonly shape: TrafficShape;
  private readonly random: Random;
  private readonly routes: readonly Route[];

  constructor(api: Api, shape: TrafficShape, seed: string) {
    this.api = api;
    this.shape = shape;
    this.random = new Random(`${seed}/${api.name}`);
    const wanted = Math.round(shape.density * api.operations.length);
    this.requests = Math.min(Math.max(wanted, shape.minimumRequests), shape.maximumRequests);
    const types = new Map<string, string>();
    this.types = types;
    const pinned = new Set<string>();
    this.pinned = pinned;
    this.routes = this.makeRoutes(types, pinned);
    this.kinds = this.routes.map(kindOf);
  }

  /** The requests, one at a time: `requests` to operations and 15 % of noise between them. */
  *[Symbol.iterator](): Generator<LabelledExchange> {
    const { random, routes } = this;
    const order = random.shuffle(routes);
    const popularity = new Zipf(order.length, this.shape.operationZipf);
    for (let i = 0; i < this.requests; i++) {
      const route = order[popularity.draw(random)] as Route;
      yield { exchange: this.request(route), truth: route.operation.index };
      if (random.chance(0.15)) yield noiseExchange(this.api.host, random);
    }
  }

  private slugVocabulary(): SlugVocabulary {
    const { slugs, singleWords } = this.shape;
    if (slugs === 'everyday') return { kind: slugs, singleWords };
    if (slugs !== 'routes') return { kind: slugs };
    const own = this.random.chance(0.5) ? wordsOfRoutes(this.api) : [];
    return { kind: slugs, words: own.length >= 20 ? own : [...own, ...routeWords] };
  }

  private makeRoutes(types: Map<string, string>, pinned: Set<string>): Route[] {
    const { api, shape, random } = this;
    const unshared = random.chance(shape.unshared);
    const style = valueStyle(random, this.slugVocabulary());
    const sources = new Map<string, Source>();
    const sourceOf = (operation: ApiOperation, parameter: ApiParameter): Source => {
      const key = populationKey(api, parameter) + (unshared ? ` ${operation.segments.join('/')}` : '');
      let source = sources.get(key);
      if (source === undefined) {
        source = this.makeSource(parameter, valueKind(parameter, style));
        sources.set(key, source);
      }
      return source;
    };
    return api.operations.map(operation => {
      const byName = new Map(operation.parameters.filter(p => p.location === 'path').map(p => [p.name, p]));
      const parts = operation.segments.map(segment => {
        if (!segment.includes('{')) return segment;
        return segment
          .split(/(\{[^}]*\})/)
          .filter(text => text !== '')
          .map(text => {
            if (!text.startsWith('{')) return text;
            const name = text.slice(1, -1);
            const parameter = byName.get(name) ?? {
              name,
              location: 'path',
              required: true,
              schema: { type: 'string' },
              example: undefined,
            };
            const source = sourceOf(operation, parameter);
            types.set(`${operation.index} path ${name}`, source.kind.type);
            if (source.pinned) pinned.add(`${operation.index} path ${name}`);
            return source;
          });
      });
      const query = operation.parameters
        .filter(p => p.location === 'query')
        .map(parameter => {
          const source = sourceOf(operation, parameter);
          types.set(`${operation.index} query ${parameter.name}`, source.kind.type);
          const list = parameter.schema.type === 'array';
          return {
            name: parameter.name,
            source,
            probability: parameter.required ? 1 : random.next() ** 2,
            list,
          };
        });
      return { operation, parts, query };
    });
  }

  private makeSource(parameter: ApiParameter, kind: ValueKind): Source {
    const { shape, random } = this;
    if (/^(api)?_?version$/i.test(parameter.name)) {
      const value =
        typeof parameter.example === 'string' ? parameter.example : random.pick(['1', '2', '1.0', '2.1']);
      return { kind, draw: () => value, pinned: true };
    }
    const values = population(kind, random.logInt(shape.minimumValues, shape.maximumValues), random);
    const zipf = new Zipf(values.length, shape.valueZipf);
    return { kind, draw: () => values[zipf.draw(random)] as string, pinned: false };
  }

  private request(route: Route): Exchange {
    const { random, api } = this;
    const { operation } = route;
    let path = '';
    for (const part of route.parts) path += `/${typeof part === 'string' ? part : part.map(text).join('')}`;
    if (random.chance(0.01)) path += '/';
    else if (random.chance(0.003))
      path = path.replace(/[a-z](?=[^/]*$)/, c => `%${c.charCodeAt(0).toString(16)}`);
    else if (random.chance(0.002)) path = path.replace(/\/(?=[^/]*$)/, '//');
    const query: string[] = [];
    for (const parameter of route.query)
      if (random.chance(parameter.probability))
        for (let n = parameter.list ? random.int(1, 3) : 1; n > 0; n--)
          query.push(`${encodeURIComponent(parameter.name)}=${encodeURIComponent(parameter.source.draw())}`);
    const outcome = random.next();
    let success = random.pick(operation.successes);
    if (outcome > 0.99) success = { status: random.pick([500, 502, 503]), type: 'application/json' };
    else if (outcome > 0.93)
      success = { status: random.pick([400, 401, 403, 404, 409, 422, 429]), type: 'application/json' };
    if (random.chance(0.004)) {
      query.push(
        `q=${encodeURIComponent(random.pick(["' OR 1=1--", '<script>alert(1)</script>', '../../etc/passwd']))}`,
      );
      if (random.chance(0.5)) success = { status: 403, type: 'text/html' };
    }
    const exchange = {
      method: operation.method,
      host: api.host,
      path,
      query: query.join('&'),
      status: success.status,
      requestContentType: operation.body?.type ?? '',
      responseContentType: success.type,
      headers: operation.secured ? { authorization: 'Bearer x' } : {},
    };
    return operation.body === undefined
      ? exchange
      : { ...exchange, body: sample(api, operation.body.schema, random) };
  }
}

function text(part: string | Source): string {
  return typeof part === 'string' ? part : encodeURIComponent(part.draw());
}

function kindOf(route: Route): OperationKind {
  const kinds = new Set<OperationKind>();
  for (const part of route.parts)
    if (typeof part !== 'string')
      for (const p of part) if (typeof p !== 'string' && !p.pinned) kinds.add(p.kind.difficulty);
  return kinds.has('word') ? 'word' : kinds.has('enum') ? 'enum' : kinds.has('shape') ? 'shape' : 'static';
}

function wordsOfRoutes(api: Api): string[] {
  const words = new Set<string>();
  for (const operation of api.operations)
    for (const segment of operation.segments)
      if (!segment.includes('{'))
        for (const word of segment.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/))
          if (word.length > 2) words.add(word.toLowerCase());
  return [...words];
}
