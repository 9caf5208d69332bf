// Observations summed by the endpoint that the learner assigns them to.
import type { Observation } from '../protocol/generated/findings.ts';
import type { Endpoint } from '../protocol/generated/upload.ts';
import { ObservationSum } from '../protocol/observation.ts';
import { type EndpointThresholds, endpointOf, isStable } from './endpoint.ts';
import type { TemplateLearner } from './learner/template-learner.ts';
import { pathSegmentOf } from './path-counters.ts';

interface Group {
  readonly host: string;
  /** `METHOD /a/{x}` */
  readonly text: string;
  readonly sum: ObservationSum;
}

export class EndpointSums {
  readonly #learner: TemplateLearner;
  readonly #limit: number;
  readonly #groups = new Map<string, Group>();

  /** `learner` has decided; `limit`: endpoints that are kept. */
  constructor(learner: TemplateLearner, limit = Number.POSITIVE_INFINITY) {
    this.#learner = learner;
    this.#limit = limit;
  }

  /** Returns false when it was left out because of the limit. */
  add(path: Observation): boolean {
    const { host, method, segments, protocol, operation } = path;
    const text = this.#learner.assign(host, method, segments.map(pathSegmentOf));
    const key = JSON.stringify([host, text, protocol, operation]);
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size >= this.#limit) return false;
      group = { host, text, sum: new ObservationSum(path) };
      this.#groups.set(key, group);
    }
    group.sum.add(path);
    return true;
  }

  /** Those that reach the thresholds; `revision` is 0 and `removed` false. */
  endpoints(thresholds: EndpointThresholds): Endpoint[] {
    const templates = new Map(
      this.#learner
        .templates()
        .map(template => [JSON.stringify([template.host, `${template.method} ${template.path}`]), template]),
    );
    const endpoints: Endpoint[] = [];
    for (const { host, text, sum } of this.#groups.values()) {
      const total = sum.toObservation();
      if (!isStable(total, thresholds)) continue;
      const [method = '', path = ''] = text.split(' ');
      const { parameters = [] } = templates.get(JSON.stringify([host, text])) ?? {};
      endpoints.push(endpointOf({ host, method, path, parameters }, total, thresholds));
    }
    return endpoints;
  }
}
