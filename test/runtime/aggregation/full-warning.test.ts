import { expect } from 'chai';
import { fullWarning } from '../../../runtime/aggregation/full-warning.ts';

describe('the warning of reached limits', () => {
  it('comes at most once a minute and adds up what was left out', () => {
    let nowMs = 0;
    const warned: object[] = [];
    const warn = fullWarning({ warn: (details: object) => void warned.push(details) }, () => nowMs);
    const nothing = {
      parameters: 9,
      hostParameters: 9,
      evictedHosts: 9,
      evictedPaths: 9,
      hosts: 0,
      paths: 0,
    };
    warn(nothing);
    warn({ ...nothing, hosts: 1 });
    warn({ ...nothing, hosts: 2, paths: 3 });
    nowMs = 59_999;
    warn(nothing);
    expect(warned).to.deep.equal([{ requestsOfNewHosts: 1, requestsOfNewPaths: 0 }]);
    nowMs = 60_000;
    warn(nothing);
    expect(warned.slice(1)).to.deep.equal([{ requestsOfNewHosts: 2, requestsOfNewPaths: 3 }]);
  });
});
