import { serviceProgram } from '../service/command.ts';
import { cloudConfig } from './cloud-config.ts';
import { startCloud } from './cloud-service.ts';

await serviceProgram({
  name: 'cloud',
  description: 'Stores the API inventory of many clusters; serves its REST API and the console.',
  schema: cloudConfig,
  start: startCloud,
}).parseAsync();
