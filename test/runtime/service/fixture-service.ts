// A service that does nothing, for the tests of what all services share. Its behaviour comes from the environment.
import { z } from 'zod';
import { serviceProgram } from '../../../runtime/service/command.ts';
import { commonConfig } from '../../../runtime/service/config.ts';

const never = new Promise<never>(() => {});

await serviceProgram({
  name: 'fixture',
  description: 'A service for tests.',
  schema: commonConfig.extend({ mode: z.string().default('') }),
  async start({ config, log, health, token }) {
    if (config.mode === 'fail') throw new Error(`cannot start with ${token}`);
    if (config.mode === 'hang') await never;
    if (config.mode === 'throw') setImmediate(() => Promise.reject(new Error('unexpected')));
    if (config.mode === 'chatty') setInterval(() => log.info('chatter'), 5);
    health.setReady(config.mode !== 'unready', 'aggregation is away');
    log.info('started');
    return { stop: async () => (config.mode === 'stuck' ? never : undefined) };
  },
}).parseAsync();
