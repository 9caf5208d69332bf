// How well path parameters themselves are found: positions and types, over the operations that were seen.

import type { WeightsFile } from '../../runtime/aggregation/learner/model.ts';
import { TemplateLearner } from '../../runtime/aggregation/learner/template-learner.ts';
import { observationOf } from './labelled-trie.ts';
import type { AdmittedRequest } from './methods/contestant.ts';
import type { Traffic } from './traffic.ts';

export interface ParameterScore {
  readonly predicted: number;
  readonly right: number;
  readonly expected: number;
  readonly typesRight: number;
}

/** Compares the learner's parameters of each operation's commonest template with the operation's own. */
export function scoreParameters(
  traffic: Traffic,
  requests: readonly (AdmittedRequest & { truth: number })[],
  weights: WeightsFile,
): ParameterScore {
  const learner = new TemplateLearner({ weights });
  for (const { exchange, segments } of requests) learner.observe(observationOf(exchange, segments));
  learner.learn();
  const templates = new Map(
    learner.templates().map(template => [`${template.method} ${template.path}`, template]),
  );
  const groups = new Map<number, Map<string, number>>();
  for (const { exchange, segments, truth } of requests) {
    if (truth < 0) continue;
    const counts = groups.get(truth) ?? new Map<string, number>();
    const group = learner.assign(exchange.host, exchange.method, segments);
    counts.set(group, (counts.get(group) ?? 0) + 1);
    groups.set(truth, counts);
  }
  const total = { predicted: 0, right: 0, expected: 0, typesRight: 0 };
  for (const [truth, counts] of groups) {
    const [group] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [''];
    const found = new Map(
      (templates.get(group)?.parameters ?? []).map(parameter => [parameter.position, parameter]),
    );
    const wanted = traffic.api.operations[truth]?.segments ?? [];
    total.predicted += found.size;
    for (const [i, segment] of wanted.entries()) {
      const name = /\{([^}]*)\}/.exec(segment)?.[1];
      if (name === undefined || traffic.pinned.has(`${truth} path ${name}`)) {
        if (found.has(i) && name !== undefined) total.predicted--;
        continue;
      }
      total.expected++;
      const parameter = found.get(i);
      if (parameter === undefined) continue;
      total.right++;
      const type = traffic.types.get(`${truth} path ${name}`);
      if (parameter.type === type || (type === 'boolean' && parameter.type === 'string')) total.typesRight++;
    }
  }
  return total;
}
