// The API structure of a host: paths of one template and method become one endpoint.
import { Location, type Observation, type TypeCount } from '../protocol/generated/findings.ts';
import type { Endpoint, Parameter } from '../protocol/generated/upload.ts';
import { ObservationSum } from '../protocol/observation.ts';
import { learnTemplates } from './templates/learn.ts';
import type { LearntTemplate, PathStatistics } from './templates/path-statistics.ts';

/** Parameters of one endpoint that are kept, the most frequent first. */
const maxParameters = 2000;

const locationNames: Record<number, string> = {
  [Location.QUERY]: 'query',
  [Location.HEADER]: 'header',
  [Location.COOKIE]: 'cookie',
  [Location.BODY]: 'body',
};

/** Endpoints of the paths of one host; `revision` is 0 and `removed` false. Sums equal those of the input. */
export function endpointsOf(host: string, paths: readonly Observation[]): Endpoint[] {
  const templates = learnTemplates(paths.map(statisticsOf));
  const groups = new Map<string, { template: LearntTemplate; method: string; sum: ObservationSum }>();
  for (const [index, path] of paths.entries()) {
    const template = templates[index];
    if (template === undefined) continue;
    const key = `${path.method} ${template.text}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { template, method: path.method, sum: new ObservationSum(path) };
      groups.set(key, group);
    }
    group.sum.add(path);
  }
  return [...groups.values()].map(({ template, method, sum }) => {
    const { requests, firstSeenUs, lastSeenUs, statuses, parameters } = sum.toObservation();
    return {
      host,
      method,
      template: template.text,
      revision: 0,
      removed: false,
      requests,
      firstSeenUs,
      lastSeenUs,
      statuses: statuses.sort((a, b) => a.status - b.status),
      parameters: [...pathParameters(template, requests), ...otherParameters(parameters, requests)],
    };
  });
}

function statisticsOf({ method, segments, requests, parameters }: Observation): PathStatistics {
  return {
    method,
    requests,
    segments: segments.map(({ segment }) =>
      segment?.$case === 'shape' ? { shape: segment.shape } : (segment?.literal ?? ''),
    ),
    keys: parameters.flatMap(({ location, name }) =>
      location === Location.QUERY || location === Location.BODY ? [`${locationNames[location]}:${name}`] : [],
    ),
  };
}

function pathParameters(template: LearntTemplate, requests: number): Parameter[] {
  return template.segments.flatMap(segment =>
    typeof segment === 'string'
      ? []
      : [{ location: 'path', name: segment.name, type: segment.type, required: true, requests }],
  );
}

/** In a fixed order, so that an unchanged endpoint encodes to the same bytes. */
function otherParameters(parameters: Observation['parameters'], requests: number): Parameter[] {
  return parameters
    .flatMap(parameter => {
      const location = locationNames[parameter.location];
      if (location === undefined) return [];
      const { name, requests: carried } = parameter;
      const type = parameterType(parameter.types);
      return [{ location, name, type, required: carried === requests, requests: carried }];
    })
    .sort((a, b) => b.requests - a.requests || compare(a.location, b.location) || compare(a.name, b.name))
    .slice(0, maxParameters);
}

/** The type all values share: `number` for integers and decimals, `string` for other mixtures and for no value. */
export function parameterType(types: readonly TypeCount[]): string {
  const seen = new Set(types.filter(({ count }) => count > 0).map(({ type }) => type));
  const [only] = seen;
  if (only !== undefined && seen.size === 1) return only;
  return seen.size === 2 && seen.has('integer') && seen.has('number') ? 'number' : 'string';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
