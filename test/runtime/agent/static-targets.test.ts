import { expect } from 'chai';
import { emptySelectionHint } from '../../../runtime/agent/static-targets.ts';

describe('emptySelectionHint', () => {
  const nothing = { kubernetes: false, cgroups: [], pids: [], comms: [], ports: [28_080] };

  it('says what to set when nothing, or ports alone, are selected', () => {
    expect(emptySelectionHint(nothing)).to.match(
      /nothing is selected.*selection\.cgroups.*selection\.ports only/,
    );
  });

  it('says nothing when anything is selected', () => {
    for (const some of [{ kubernetes: true }, { cgroups: ['/'] }, { pids: [1] }, { comms: ['nginx'] }])
      expect(emptySelectionHint({ ...nothing, ...some })).to.equal(undefined);
  });
});
