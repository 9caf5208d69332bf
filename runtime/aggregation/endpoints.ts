// The API structure of a host, worked out here and now.
import { Observation } from '../protocol/generated/findings.ts';
import type { Endpoint } from '../protocol/generated/upload.ts';
import { noThresholds } from './endpoint.ts';
import { HostLearner, type LearningRules } from './learning/host-learner.ts';

const plainRules: LearningRules = { thresholds: noThresholds, templates: { pin: [], forbid: [] } };

/** Endpoints of the paths of one host; `revision` is 0 and `removed` false. */
export function endpointsOf(host: string, paths: readonly Observation[], rules = plainRules): Endpoint[] {
  const learner = new HostLearner(host, rules);
  learner.add(paths.map(path => Observation.encode(path).finish()));
  return learner.endpoints();
}
