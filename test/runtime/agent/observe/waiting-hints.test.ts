import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { expect } from 'chai';
import { CgroupHints, waitingHints } from '../../../../runtime/agent/observe/waiting-hints.ts';

describe('hints on what is not there yet', () => {
  it('leave out this process and those that started it', () => {
    const title = process.title;
    const name = `hints-${process.pid}`.slice(0, 15);
    process.title = name;
    try {
      expect(readFileSync(`/proc/${process.pid}/comm`, 'utf8')).to.equal(`${name}\n`);
      expect(waitingHints([name], [])).to.deep.equal([
        `no process is called ${name} yet; its exchanges show when one is`,
      ]);
      expect(waitingHints([name], [], 1)).to.deep.equal([]);
    } finally {
      process.title = title;
    }
  });

  it('say what Node.js 24 is called to those who look for node', async () => {
    const child = spawn(process.execPath, ['-e', 'console.log(); setInterval(() => {}, 1000)']);
    try {
      await once(child.stdout, 'data');
      expect(waitingHints(['node'], []).join()).to.match(
        /Node\.js 24 and later is called MainThread.*--comm/,
      );
      expect(waitingHints(['node', 'MainThread'], []).join()).not.to.include('Node.js 24');
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });

  it('name ports on which nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(waitingHints([], [port])).to.deep.equal([]);
    server.close();
    await once(server, 'close');
    expect(waitingHints([], [port])).to.deep.equal([
      `nothing was found that listens on port ${port}; its exchanges show when something does`,
    ]);
  });
});

describe('hints on cgroups', () => {
  it('say once that one is gone, and once that it is there again', () => {
    const hints = new CgroupHints();
    expect(hints.news([])).to.deep.equal([]);
    expect(hints.news(['a.service'])).to.deep.equal([
      'cgroup a.service is gone; exchanges show when it is made again',
    ]);
    expect(hints.news(['a.service'])).to.deep.equal([]);
    expect(hints.news(['b.service'])).to.deep.equal([
      'cgroup b.service is gone; exchanges show when it is made again',
      'cgroup a.service is there again',
    ]);
  });
});
