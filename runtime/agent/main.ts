import { serviceProgram } from '../service/command.ts';
import { agentConfig } from './config.ts';
import { addObserveCommand } from './observe/command.ts';

const program = serviceProgram({
  name: 'agent',
  description: 'Captures the inbound HTTP of selected processes on this node and sends it to processing.',
  schema: agentConfig,
  // The Kubernetes client takes a second to load, which observe and --help do not need.
  start: async context => (await import('./start.ts')).startAgent(context),
});
addObserveCommand(program);
await program.parseAsync();
