import { expect } from 'chai';
import type { CaptureCounters } from '../../../../runtime/agent/capture/counters.ts';
import { LossReport } from '../../../../runtime/agent/observe/loss-report.ts';

const nothing = {
  ringFullRecords: 0,
  ringFullBytes: 0,
  copyFaultBytes: 0,
  unseenBytes: 0,
  controlRecordsLost: 0,
} as CaptureCounters;

describe('what observe says of losses', () => {
  function report(): { lines: string[]; losses: LossReport } {
    const lines: string[] = [];
    return { lines, losses: new LossReport(text => lines.push(text)) };
  }

  it('is nothing when nothing was lost', () => {
    const { lines, losses } = report();
    losses.watch(nothing);
    losses.conclude(nothing, 0, 0);
    expect(lines).to.deep.equal([]);
  });

  it('is one line when it begins, and all causes at the end', () => {
    const { lines, losses } = report();
    const lost = { ...nothing, ringFullRecords: 2, ringFullBytes: 300 };
    losses.watch(lost);
    losses.watch(lost);
    expect(lines).to.have.lengthOf(1);
    losses.conclude({ ...lost, copyFaultBytes: 1, unseenBytes: 2, controlRecordsLost: 3 }, 4, 5);
    expect(lines.slice(1).map(line => line.match(/^\d+/)?.[0])).to.deep.equal([
      '300',
      '3',
      '1',
      '2',
      '4',
      '5',
    ]);
  });
});
