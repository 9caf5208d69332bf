// One endpoint of the inventory, from its template and the sum of its requests. Pure.
import { Location, type Observation } from '../protocol/generated/findings.ts';
import { Endpoint, Parameter, type StatusCount } from '../protocol/generated/upload.ts';
import { addCounts } from '../protocol/limits.ts';
import type { ObservationSum } from '../protocol/observation.ts';
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

/** `revision` is 0 and `removed` false. */
export function endpointOf(
  { host, method, path, parameters }: EndpointTemplate,
  sum: ObservationSum,
): Endpoint {
  const { requests, firstSeenUs, lastSeenUs, outcomes, parameters: others } = sum.toObservation();
  return {
    ...Endpoint.create(),
    host,
    method,
    template: path,
    requests,
    firstSeenUs,
    lastSeenUs,
    statuses: statusesOf(outcomes),
    parameters: [...pathParameters(parameters, requests), ...otherParameters(others, requests)],
  };
}

function pathParameters(parameters: readonly TemplateParameter[], requests: number): Parameter[] {
  return parameters.map(({ name, type, format = '' }) => ({
    ...Parameter.create(),
    location: 'path',
    name,
    type: format || type,
    format,
    required: true,
    requests,
  }));
}

/** In a fixed order, so that an unchanged endpoint encodes to the same bytes. */
function otherParameters(parameters: Observation['parameters'], requests: number): Parameter[] {
  return parameters
    .flatMap(parameter => {
      const location = locationNames[parameter.location];
      if (location === undefined) return [];
      const { name, requests: carried } = parameter;
      const { type, format } = typeAndFormat(parameter.types);
      return [
        {
          ...Parameter.create(),
          location,
          name,
          type: type === 'string' && format !== '' ? format : type,
          format,
          required: carried === requests,
          requests: carried,
        },
      ];
    })
    .sort((a, b) => b.requests - a.requests || compare(a.location, b.location) || compare(a.name, b.name))
    .slice(0, maxParameters);
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
