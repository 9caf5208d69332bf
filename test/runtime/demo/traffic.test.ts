import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { freePorts } from '../../../runtime/demo/free-ports.ts';
import { accepts } from '../../../runtime/demo/nginx.ts';
import { plan } from '../../../runtime/demo/traffic.ts';

describe('demo traffic', () => {
  it('is the same every time and holds each request once', () => {
    expect(plan()).to.deep.equal(plan());
    const counts = new Map<string, number>();
    for (const { method, path } of plan()) {
      const template = path.split('?')[0]?.replace(/\d{4}(?=\/|$)|[0-9a-f-]{36}/, '{}') ?? '';
      counts.set(`${method} ${template}`, (counts.get(`${method} ${template}`) ?? 0) + 1);
    }
    expect(counts.get('GET /api/v1/users')).to.equal(40);
    expect(counts.get('GET /api/v1/users/{}')).to.equal(50);
    expect(counts.get('GET /api/v1/orders/{}')).to.equal(30);
    expect(new Set(plan().filter(({ path }) => path.includes('/orders/'))).size).to.equal(30);
  });

  it('gives free ports that differ', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports).size).to.equal(20);
    for (const port of ports) expect(await accepts(port)).to.equal(false);
  });

  describe('at the sample API', () => {
    let child: ChildProcess;
    let port = 0;

    before(async () => {
      [port = 0] = await freePorts(1);
      const script = join(import.meta.dirname, '../../../runtime/demo/sample-api.ts');
      child = spawn(process.execPath, [script, String(port)], { stdio: 'inherit' });
      while (!(await accepts(port))) await delay(20);
    });

    after(() => child.kill());

    it('is answered as the plan says: all but the wrong passwords and the scans', async () => {
      const statuses = await Promise.all(
        plan().map(async ({ method, path, headers = {}, body }) => {
          const url = `http://127.0.0.1:${port}${path}`;
          const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
          await response.arrayBuffer();
          return response.status;
        }),
      );
      expect(statuses.filter(status => status >= 200 && status <= 299)).to.have.length(240);
      expect(statuses.filter(status => status === 401)).to.have.length(3);
      expect(statuses.filter(status => status === 404)).to.have.length(4);
    });

    it('survives what it does not expect', async () => {
      const url = `http://127.0.0.1:${port}/api/v1`;
      expect((await fetch(`${url}/users`, { method: 'POST', body: '{broken' })).status).to.equal(201);
      expect((await fetch(`${url}/users`, { method: 'POST', body: 'x'.repeat(2_000_000) })).status).to.equal(
        413,
      );
      expect((await fetch(`${url}/users`)).status).to.equal(200);
    });
  });
});
