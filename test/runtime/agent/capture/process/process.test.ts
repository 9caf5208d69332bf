import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  listeningPorts,
  readListeningPorts,
} from '../../../../../runtime/agent/capture/process/listening-ports.ts';
import { executableFiles } from '../../../../../runtime/agent/capture/process/memory-maps.ts';
import {
  isKernelThread,
  networkNamespace,
  parentInStat,
  withDescendants,
} from '../../../../../runtime/agent/capture/process/processes.ts';

describe('executableFiles', () => {
  it('lists each executable file once, with spaces and deletion in the path', () => {
    const maps = [
      '00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus daemon',
      '00651000-00652000 r--p 00051000 08:02 173522      /usr/lib/libonlydata.so',
      '7f1000-7f2000 r-xp 00001000 00:2a 99   /app/libssl.so.3 (deleted)',
      '7f2000-7f3000 r-xp 00002000 00:2a 99   /app/libssl.so.3 (deleted)',
      '7ffd000-7ffe000 r-xp 00000000 00:00 0                          [vdso]',
      '7fff000-8000000 rwxp 00000000 00:00 0 ',
      'garbage',
    ].join('\n');
    expect(executableFiles(maps)).to.deep.equal([
      { range: '400000-452000', device: '08:02', inode: 173521, path: '/usr/bin/dbus daemon' },
      { range: '7f1000-7f2000', device: '00:2a', inode: 99, path: '/app/libssl.so.3 (deleted)' },
    ]);
  });

  it('finds the program of this process in its real maps', () => {
    expect(executableFiles(readFileSync('/proc/self/maps', 'utf8')).map(file => file.path)).to.include(
      process.execPath,
    );
  });
});

describe('listeningPorts', () => {
  it('stops at the first socket that does not listen', () => {
    const text = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:4971 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
      '   1: 00000000000000000000000001000000:4971 00000000000000000000000000000000:0000 0A 00000000:00000000',
      '   2: 0100007F:4971 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 2 1',
      '   3: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1',
    ].join('\n');
    expect(listeningPorts(text)).to.deep.equal({ ports: new Map([[0x4971, 2]]), complete: true });
  });

  it('finds a port that this process listens on', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(readListeningPorts('/proc/self/net/tcp').get(port)).to.equal(1);
    await new Promise(resolve => server.close(resolve));
  });

  it('answers a process that is gone with nothing', () => {
    expect(readListeningPorts('/proc/0/net/tcp').size).to.equal(0);
  });
});

describe('processes', () => {
  it('reads the parent behind a name with parentheses and spaces', () => {
    expect(parentInStat('12 (a) b (c)) S 7 12 12 0 -1')).to.equal(7);
    expect(parentInStat('')).to.equal(undefined);
  });

  it('finds this process below its parent', () => {
    expect([...withDescendants([process.ppid])]).to.include(process.pid);
  });

  it('reads the network namespace', () => {
    expect(networkNamespace(process.pid)).to.be.greaterThan(1);
    expect(networkNamespace(0)).to.equal(undefined);
  });
});

describe('isKernelThread', () => {
  it('is told by its flags, not by its name', () => {
    const proc = mkdtempSync(join(tmpdir(), 'proc-'));
    try {
      for (const [pid, stat] of [
        [2, '2 (kthreadd) S 0 0 0 0 -1 2129984 0 0'],
        [3, '3 (a) b (2129984 S 0 0 0 0 -1 4194560 0 0'],
      ]) {
        mkdirSync(join(proc, String(pid)));
        writeFileSync(join(proc, String(pid), 'stat'), String(stat));
      }
      expect([2, 3, 4].map(pid => isKernelThread(pid, proc))).to.deep.equal([true, false, false]);
    } finally {
      rmSync(proc, { recursive: true });
    }
    expect(isKernelThread(process.pid)).to.equal(false);
  });
});
