// The API structure of a host: paths of one template and method become one endpoint.
import { Location, type Observation, type TypeCount } from '../protocol/generated/findings.ts';
import { Endpoint, Parameter, type StatusCount } from '../protocol/generated/upload.ts';
import { addCounts } from '../protocol/limits.ts';
import { ObservationSum } from '../protocol/observation.ts';
import { typeAndFormat } from '../protocol/value-types.ts';
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
    const { requests, firstSeenUs, lastSeenUs, outcomes, parameters } = sum.toObservation();
    return {
      ...Endpoint.create(),
      host,
      method,
      template: template.text,
      revision: 0,
      removed: false,
      requests,
      firstSeenUs,
      lastSeenUs,
      statuses: statusesOf(outcomes),
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
      : [
          {
            ...Parameter.create(),
            location: 'path',
            name: segment.name,
            type: segment.type,
            required: true,
            requests,
          },
        ],
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
      const { format } = typeAndFormat(parameter.types);
      const required = carried === requests;
      return [{ ...Parameter.create(), location, name, type, format, required, requests: carried }];
    })
    .sort((a, b) => b.requests - a.requests || compare(a.location, b.location) || compare(a.name, b.name))
    .slice(0, maxParameters);
}

/** The type all values share, for strings their format: `number` for integers and decimals, `string` for mixtures. */
export function parameterType(types: readonly TypeCount[]): string {
  const { type, format } = typeAndFormat(types);
  return type === 'string' && format !== '' ? format : type;
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
