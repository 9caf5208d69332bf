// Needs root and a kernel with tracefs.
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { runWithTracefs } from '../../../bench/capture/tracefs.ts';

describe('tracefs for the benchmark', () => {
  it('is mounted for the command alone, whose exit code counts', async () => {
    const mounts = () => execFileSync('findmnt', ['--list', '--noheadings'], { encoding: 'utf8' });
    const before = mounts();
    const test = ['test', '-e', '/sys/kernel/tracing/events/syscalls/sys_enter_read/id'];
    expect(await runWithTracefs(test)).to.equal(0);
    expect(await runWithTracefs(['sh', '-c', 'exit 7'])).to.equal(7);
    expect(await runWithTracefs(['sh', '-c', 'kill -TERM $$'])).to.equal(143);
    expect(mounts()).to.equal(before);
  });
});
