import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CaptureUnavailableError } from '../../../../runtime/agent/capture/capture-unavailable-error.ts';
import { nameCounters } from '../../../../runtime/agent/capture/counters.ts';
import {
  checkOpenFiles,
  chooseRung,
  missingCapabilities,
} from '../../../../runtime/agent/capture/requirements.ts';

const root = 'CapInh:\t0000000000000000\nCapEff:\t000001ffffffffff\n';

describe('chooseRung', () => {
  let folder: string;
  let status: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'status-'));
    status = join(folder, 'status');
    writeFileSync(status, root);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('names the capabilities that an unprivileged process lacks', () => {
    expect(missingCapabilities('CapEff:\t0000000000000000\n')).to.deep.equal([
      'CAP_BPF',
      'CAP_PERFMON',
      'CAP_SYS_PTRACE',
    ]);
    expect(missingCapabilities(root)).to.deep.equal([]);
    expect(missingCapabilities('nothing')).to.have.length(1);
    const unprivileged = join(folder, 'unprivileged');
    writeFileSync(unprivileged, 'CapEff:\t0000000000000000\n');
    expect(() => chooseRung({ missingTracepoints: () => [] }, 'auto', unprivileged)).to.throw(
      CaptureUnavailableError,
      'this process lacks CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE. Run the agent as root',
    );
  });

  it('names a limit of open files that is too low', () => {
    const limits = join(folder, 'limits');
    const write = (limit: string) =>
      writeFileSync(
        limits,
        `Max processes 1 1 processes\nMax open files            ${limit}  1048576  files\n`,
      );
    write('64');
    expect(() => checkOpenFiles(limits)).to.throw(
      CaptureUnavailableError,
      /may open 64 files at most.*Raise its limit to 256/s,
    );
    for (const enough of ['256', 'unlimited']) {
      write(enough);
      checkOpenFiles(limits);
    }
  });

  it('names missing type information and missing tracepoints', () => {
    expect(() => chooseRung({ missingTracepoints: () => null }, 'auto', status)).to.throw(
      CaptureUnavailableError,
      'CONFIG_DEBUG_INFO_BTF',
    );
    const lacks = (...names: string[]) => ({ missingTracepoints: () => names });
    expect(() => chooseRung(lacks('sock_recv_length'), 'A', status)).to.throw(
      CaptureUnavailableError,
      /sock_recv_length.*6\.3.*observe --rung auto/,
    );
    expect(() => chooseRung(lacks('sock_recv_length', 'sys_exit'), 'auto', status)).to.throw(
      CaptureUnavailableError,
      /sys_exit.*CONFIG_FTRACE_SYSCALLS/,
    );
  });

  it('prefers the socket tracepoints, falls back to system calls, and does as it is told', () => {
    const lacks = (...names: string[]) => ({ missingTracepoints: () => names });
    expect(chooseRung(lacks(), 'auto', status)).to.equal('A');
    expect(chooseRung(lacks('sock_send_length'), 'auto', status)).to.equal('B');
    expect(chooseRung(lacks(), 'B', status)).to.equal('B');
  });
});

describe('nameCounters', () => {
  it('refuses counters of another version', () => {
    expect(() => nameCounters(new BigUint64Array(3))).to.throw(RangeError, 'build:bpf');
  });
});
