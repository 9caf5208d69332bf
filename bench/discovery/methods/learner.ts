import type { WeightsFile } from '../../../runtime/aggregation/learner/model.ts';
import { TemplateLearner } from '../../../runtime/aggregation/learner/template-learner.ts';
import { observationOf } from '../labelled-trie.ts';
import type { Api } from '../openapi.ts';
import type { Contestant } from './contestant.ts';

/** Our learner, with the weights that were trained without the API at hand. */
export function learner(weightsOf: (api: Api) => WeightsFile): Contestant {
  return {
    name: 'this learner',
    group: async (requests, api) => {
      const templates = new TemplateLearner({ weights: weightsOf(api) });
      for (const { exchange, segments } of requests) templates.observe(observationOf(exchange, segments));
      templates.learn();
      return requests.map(({ exchange, segments }) =>
        templates.assign(exchange.host, exchange.method, segments),
      );
    },
  };
}
