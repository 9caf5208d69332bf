import { expect } from 'chai';
import { NeverError, waitUntil } from '../cluster/wait.ts';

describe('waiting until something is so', () => {
  it('returns what the probe finds at last', async () => {
    let looks = 0;
    const probe = async () => (++looks < 3 ? undefined : looks);
    expect(await waitUntil('it is found', probe, { intervalMs: 1 })).to.equal(3);
  });

  it('goes on after an error, and names the last one when time is up', async () => {
    const probe = async () => Promise.reject(new Error('still dark'));
    const failure = await waitUntil('it is light', probe, { timeoutMs: 20, intervalMs: 1 }).catch(
      error => error,
    );
    expect((failure as Error).message).to.equal(
      'timed out after 20 ms waiting until it is light: still dark',
    );
  });

  it('gives up at once when the probe knows that it is in vain', async () => {
    const probe = async () => Promise.reject(new NeverError('etcd ended with status 1'));
    const failure = await waitUntil('it is up', probe).catch(error => error);
    expect(failure).to.be.instanceOf(NeverError);
  });
});
