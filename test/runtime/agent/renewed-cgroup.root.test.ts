// Needs root, BTF, cgroup v2 and the built capture (npm run build:bpf).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { findCgroupRoot } from '../../../runtime/agent/capture/cgroup.ts';
import { agentConfig } from '../../../runtime/agent/config.ts';
import { startAgent } from '../../../runtime/agent/start.ts';
import { createLog } from '../../../runtime/service/log.ts';
import { createMetrics } from '../../../runtime/service/metrics.ts';
import { until } from '../../bpf/support.ts';

const server =
  "const s=require('http').createServer((_,r)=>r.end()).listen(0,'127.0.0.1',()=>console.log(s.address().port))";

describe('a cgroup that the agent selects by its path', function () {
  this.timeout(60_000);

  it('is selected again when it was removed and made again', async () => {
    const name = `selected-${process.pid}`;
    const path = join(findCgroupRoot(), name);
    const metrics = createMetrics();
    const exchanges = async () => {
      const { values = [] } = (await metrics.getSingleMetric('oob_agent_exchanges_total')?.get()) ?? {};
      return values[0]?.value ?? 0;
    };
    const serveUntil = async (enough: number): Promise<void> => {
      const command = `echo $$ > ${path}/cgroup.procs && exec ${process.execPath} -e "${server}"`;
      const service = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const [port] = await once(service.stdout, 'data');
        await until('exchanges', async () => {
          await (await fetch(`http://127.0.0.1:${String(port).trim()}/`)).text();
          return (await exchanges()) >= enough;
        });
      } finally {
        service.kill('SIGKILL');
        await once(service, 'exit');
      }
      await until('an empty cgroup', () =>
        readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 0'),
      );
    };
    mkdirSync(path);
    const agent = await startAgent({
      config: agentConfig.parse({
        selection: { kubernetes: false, cgroups: [name] },
        shutdown: { gracePeriodSeconds: 1 },
      }),
      log: createLog({ name: 'agent', level: 'fatal', pretty: false }),
      metrics,
      health: { setReady: () => {} },
      token: 'a'.repeat(32),
    });
    try {
      await serveUntil(1);
      rmdirSync(path);
      mkdirSync(path);
      const before = await exchanges();
      await serveUntil(before + 1);
      expect(await exchanges()).to.be.greaterThan(before);
    } finally {
      rmdirSync(path);
      await agent.stop();
    }
  });
});
