// Time to first correct: how many requests an operation needs until its group is right, and stays right, when the learner
// decides again each time the traffic has grown by half.

import type { WeightsFile } from '../../runtime/aggregation/learner/model.ts';
import { TemplateLearner } from '../../runtime/aggregation/learner/template-learner.ts';
import { observationOf } from './labelled-trie.ts';
import type { AdmittedRequest } from './methods/contestant.ts';

/** Requests to each finally right operation when its template became right for good; not for those that never did. */
export function firstCorrect(
  requests: readonly (AdmittedRequest & { truth: number })[],
  weights: WeightsFile,
): number[] {
  const learner = new TemplateLearner({ weights });
  const seen = new Map<number, number>();
  const rightSince = new Map<number, number>();
  let next = 30;
  for (const [i, request] of requests.entries()) {
    learner.observe(observationOf(request.exchange, request.segments));
    if (request.truth >= 0) seen.set(request.truth, (seen.get(request.truth) ?? 0) + 1);
    if (i + 1 < next && i + 1 < requests.length) continue;
    next = Math.ceil(next * 1.5);
    learner.learn();
    const right = rightOperations(requests.slice(0, i + 1), learner);
    for (const operation of [...rightSince.keys()]) if (!right.has(operation)) rightSince.delete(operation);
    for (const operation of right)
      if (!rightSince.has(operation)) rightSince.set(operation, seen.get(operation) ?? 0);
  }
  return [...rightSince.values()];
}

function rightOperations(
  requests: readonly (AdmittedRequest & { truth: number })[],
  learner: TemplateLearner,
): Set<number> {
  const groups = new Map<string, number>();
  const operations = new Map<number, string>();
  const wrong = new Set<number>();
  for (const { exchange, segments, truth } of requests) {
    const group = learner.assign(exchange.host, exchange.method, segments);
    const owner = groups.get(group);
    if (owner === undefined) groups.set(group, truth);
    else if (owner !== truth) wrong.add(owner).add(truth);
    const known = operations.get(truth);
    if (known === undefined) operations.set(truth, group);
    else if (known !== group) wrong.add(truth);
  }
  return new Set([...operations.keys()].filter(operation => operation >= 0 && !wrong.has(operation)));
}
