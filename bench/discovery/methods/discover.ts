// The product's whole way from a line of `npm run discover` to an endpoint: admission, shapes, points, learner. With the
// weights that were trained without the API at hand.
import type { WeightsFile } from '../../../runtime/aggregation/learner/model.ts';
import { TemplateLearner } from '../../../runtime/aggregation/learner/template-learner.ts';
import { pathCounters } from '../../../runtime/aggregation/path-counters.ts';
import { exchangeOf, recordOf } from '../../../runtime/discover/record.ts';
import { admissionConfig } from '../../../runtime/processing/config.ts';
import { observe } from '../../../runtime/processing/observe.ts';
import type { Api } from '../openapi.ts';
import type { Contestant } from './contestant.ts';

const admission = admissionConfig.parse({ responseContentType: true });

export function discover(weightsOf: (api: Api) => WeightsFile): Contestant {
  return {
    name: 'npm run discover',
    group: async (requests, api) => {
      const learner = new TemplateLearner({ weights: weightsOf(api) });
      const paths = requests.map(({ exchange }) => {
        const observed = observe(exchangeOf(recordOf(exchange, api.name)), { admission });
        return typeof observed === 'string' ? undefined : pathCounters(observed.observation);
      });
      for (const path of paths) if (path !== undefined) learner.observePath(path);
      learner.learn();
      return paths.map(path =>
        // One wrong group: what the benchmark admits, the product should.
        path === undefined ? 'refused' : learner.assign(path.host, path.method, path.segments),
      );
    },
  };
}
