import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CaptureUnavailableError } from '../../../../runtime/agent/capture/capture-unavailable-error.ts';
import { nameCounters } from '../../../../runtime/agent/capture/counters.ts';
import { missingCapabilities, requireKernelSupport } from '../../../../runtime/agent/capture/requirements.ts';

const root = 'CapInh:\t0000000000000000\nCapEff:\t000001ffffffffff\n';

describe('requireKernelSupport', () => {
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
  });

  it('names missing type information and missing tracepoints', () => {
    expect(() => requireKernelSupport({ missingTracepoints: () => null }, status)).to.throw(
      CaptureUnavailableError,
      'CONFIG_DEBUG_INFO_BTF',
    );
    expect(() => requireKernelSupport({ missingTracepoints: () => ['sock_recv_length'] }, status)).to.throw(
      CaptureUnavailableError,
      /sock_recv_length.*6\.3/,
    );
    expect(() => requireKernelSupport({ missingTracepoints: () => [] }, status)).not.to.throw();
  });
});

describe('nameCounters', () => {
  it('refuses counters of another version', () => {
    expect(() => nameCounters(new BigUint64Array(3))).to.throw(RangeError, 'build:bpf');
  });
});
