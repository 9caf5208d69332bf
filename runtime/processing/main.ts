import { serviceProgram } from '../service/command.ts';
import { processingConfig } from './config.ts';
import { startProcessing } from './start.ts';

await serviceProgram({
  name: 'processing',
  description: 'Turns mirrored HTTP exchanges into observations about APIs and sends them to aggregation.',
  schema: processingConfig,
  start: startProcessing,
}).parseAsync();
