import { serviceProgram } from '../service/command.ts';
import { aggregationConfig } from './config.ts';
import { startAggregation } from './start.ts';

await serviceProgram({
  name: 'aggregation',
  description: "Merges findings, learns path templates, keeps the cluster's API structure and uploads it.",
  schema: aggregationConfig,
  start: startAggregation,
}).parseAsync();
