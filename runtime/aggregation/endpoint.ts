// One endpoint of the inventory, from its template and the sum of its requests. Pure.
import { verdictsOf } from '../processing/sensitive/verdict.ts';
import { ApiProtocol, Location, type Observation } from '../protocol/generated/findings.ts';
import {
  type ContentCount,
  Endpoint,
  Parameter,
  type Sensitive,
  type StatusCount,
} from '../protocol/generated/upload.ts';
import { addCounts } from '../protocol/limits.ts';
import { maxValueHashes } from '../protocol/parameter-sum.ts';
import { typeAndFormat } from '../protocol/value-types.ts';
import type { TemplateParameter } from './learner/routes.ts';

/** Parameters of one endpoint that are kept, the most frequent first. */
const maxParameters = 2000;

const locationNames: Record<number, string> = {
  [Location.QUERY]: 'query',
  [Location.HEADER]: 'header',
  [Location.COOKIE]: 'cookie',
  [Location.BODY]: 'body',
};

/** What the learner says about an endpoint. */
export interface EndpointTemplate {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly TemplateParameter[];
}

/** What keeps noise out of the inventory. Nothing is forgotten: what is too little today counts tomorrow. */
export interface EndpointThresholds {
  /** Requests that an endpoint needs. */
  readonly endpointRequests: number;
  /** One of them must come so many seconds after the first. */
  readonly endpointSeconds: number;
  /** A parameter is shown when more than this share of the endpoint's requests carried it. */
  readonly parameterShare: number;
  /** It is required when at least this share did. */
  readonly requiredShare: number;
}

export const noThresholds: EndpointThresholds = {
  endpointRequests: 1,
  endpointSeconds: 0,
  parameterShare: 0,
  requiredShare: 1,
};

export function isStable(
  { requests, firstSeenUs, lastSeenUs }: Observation,
  { endpointRequests, endpointSeconds }: EndpointThresholds,
): boolean {
  const secondsBetween = (lastSeenUs - firstSeenUs) / 1e6;
  return requests >= endpointRequests && (endpointSeconds === 0 || secondsBetween > endpointSeconds);
}

/** `total` is the sum of the endpoint's requests. `revision` is 0 and `removed` false. */
export function endpointOf(
  { host, method, path, parameters }: EndpointTemplate,
  total: Observation,
  thresholds: EndpointThresholds,
): Endpoint {
  const { requests, firstSeenUs, lastSeenUs, outcomes, protocol, operation } = total;
  const literals = path.split('/').filter(text => text !== '' && !text.startsWith('{'));
  return {
    ...Endpoint.create(),
    host,
    method,
    template: path,
    requests,
    firstSeenUs,
    lastSeenUs,
    statuses: statusesOf(outcomes),
    parameters: [
      ...pathParameters(parameters, total, literals),
      ...otherParameters(total, literals, thresholds),
    ],
    protocol: protocolNames[protocol] ?? 'REST',
    operation,
    requestContents: total.requestContents,
    responseContents: contentsOf(outcomes),
    authentications: total.authentications.map(({ type, location, name, requests: count }) => ({
      type,
      location: locationNames[location] ?? '',
      name,
      requests: count,
    })),
    businessFlows: total.businessFlows,
    application: total.application,
    callers: total.callers,
    servers: total.servers,
  };
}

const protocolNames: Record<number, string> = {
  [ApiProtocol.REST]: 'REST',
  [ApiProtocol.GRAPHQL]: 'GRAPHQL',
  [ApiProtocol.SOAP]: 'SOAP',
  [ApiProtocol.GRPC]: 'GRPC',
  [ApiProtocol.MCP]: 'MCP',
};

/** Types come from the template; what the values were like from the segments that processing replaced by their class. */
function pathParameters(
  parameters: readonly TemplateParameter[],
  total: Observation,
  literals: readonly string[],
): Parameter[] {
  return parameters.map(({ name, position, type, format: learnt = '' }) => {
    const seen = total.parameters.find(
      parameter => parameter.location === Location.PATH && parameter.name === String(position),
    );
    const numeric = type !== 'string' && seen !== undefined ? typeAndFormat(seen.types).format : '';
    return {
      ...Parameter.create(),
      location: 'path',
      name,
      type: learnt || type,
      format: learnt || numeric,
      required: true,
      requests: total.requests,
      // Unknown when some of the values were texts that are still counted one by one.
      distinctValues: seen?.requests === total.requests ? distinctValues(seen.valueHashes) : 0,
      sensitive: seen === undefined ? [] : sensitiveOf({ ...seen, name }, literals),
    };
  });
}

function sensitiveOf(
  parameter: Pick<Observation['parameters'][number], 'location' | 'name' | 'examined' | 'sensitive'>,
  literals: readonly string[],
): Sensitive[] {
  return verdictsOf(parameter, literals).map(({ class: name, score }) => ({
    class: name,
    score: Math.round(score * 100) / 100,
  }));
}

/** In a fixed order, so that an unchanged endpoint encodes to the same bytes. */
function otherParameters(
  { parameters, requests }: Observation,
  literals: readonly string[],
  { parameterShare, requiredShare }: EndpointThresholds,
): Parameter[] {
  return parameters
    .flatMap(parameter => {
      const location = locationNames[parameter.location];
      const { name, requests: carried } = parameter;
      if (location === undefined || carried <= requests * parameterShare) return [];
      const { type, format } = typeAndFormat(parameter.types);
      return [
        {
          ...Parameter.create(),
          location,
          name,
          type: type === 'string' && format !== '' ? format : type,
          format,
          required: carried >= requests * requiredShare,
          requests: carried,
          distinctValues: distinctValues(parameter.valueHashes),
          sensitive: sensitiveOf(parameter, literals),
        },
      ];
    })
    .sort((a, b) => b.requests - a.requests || compare(a.location, b.location) || compare(a.name, b.name))
    .slice(0, maxParameters);
}

/**
 * How many different values there were, from the smallest hashes of 48 bits (Bar-Yossef et al. 2002, as k minimum values):
 * exact while there are fewer than are kept.
 */
export function distinctValues(hashes: readonly number[]): number {
  const largest = hashes.at(-1);
  if (largest === undefined || hashes.length < maxValueHashes) return hashes.length;
  return Math.round(((maxValueHashes - 1) * 2 ** 48) / Math.max(1, largest));
}

function contentsOf(outcomes: Observation['outcomes']): ContentCount[] {
  const counts = new Map<string, number>();
  for (const { content, requests } of outcomes)
    counts.set(content, addCounts(counts.get(content) ?? 0, requests));
  return Array.from(counts, ([content, requests]) => ({ content, requests })).sort((a, b) =>
    compare(a.content, b.content),
  );
}

function statusesOf(outcomes: Observation['outcomes']): StatusCount[] {
  const counts = new Map<number, number>();
  for (const { status, requests } of outcomes)
    counts.set(status, addCounts(counts.get(status) ?? 0, requests));
  return Array.from(counts, ([status, requests]) => ({ status, requests })).sort(
    (a, b) => a.status - b.status,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
