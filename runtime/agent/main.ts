import { serviceProgram } from '../service/command.ts';
import { agentConfig } from './config.ts';
import { addObserveCommand } from './observe/command.ts';
import { startAgent } from './start.ts';

const program = serviceProgram({
  name: 'agent',
  description: 'Captures the inbound HTTP of selected processes on this node and sends it to processing.',
  schema: agentConfig,
  start: startAgent,
});
addObserveCommand(program);
await program.parseAsync();
