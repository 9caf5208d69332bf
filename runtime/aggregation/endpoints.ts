// The API structure of a host: paths of one template and method become one endpoint.
import type { Observation } from '../protocol/generated/findings.ts';
import type { Endpoint } from '../protocol/generated/upload.ts';
import { ObservationSum } from '../protocol/observation.ts';
import { endpointOf } from './endpoint.ts';
import { TemplateLearner } from './learner/template-learner.ts';
import { pathCounters, pathSegmentOf } from './path-counters.ts';

/** Endpoints of the paths of one host; `revision` is 0 and `removed` false. Sums equal those of the input. */
export function endpointsOf(host: string, paths: readonly Observation[]): Endpoint[] {
  const learner = new TemplateLearner();
  for (const path of paths) learner.observePath(pathCounters(path));
  learner.learn();
  const templates = new Map(
    learner.templates().map(template => [`${template.method} ${template.path}`, template]),
  );
  const groups = new Map<string, ObservationSum>();
  for (const path of paths) {
    const key = learner.assign(host, path.method, path.segments.map(pathSegmentOf));
    let sum = groups.get(key);
    if (sum === undefined) {
      sum = new ObservationSum(path);
      groups.set(key, sum);
    }
    sum.add(path);
  }
  return [...groups].map(([key, sum]) => {
    const [method = '', path = ''] = key.split(' ');
    return endpointOf({ host, method, path, parameters: templates.get(key)?.parameters ?? [] }, sum);
  });
}
