import { expect } from 'chai';
import { buildImages } from '../../../runtime/images/build-images.ts';
import { chooseBuilder } from '../../../runtime/images/builder.ts';

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    error => error,
  );

describe('building images', () => {
  it('refuses a service that does not exist, and names those that do', async () => {
    const failure = await failureOf(buildImages({ services: ['cloud', 'clout'] }));
    expect(failure).to.be.instanceOf(RangeError);
    expect((failure as Error).message).to.equal(
      'unknown service "clout": expected one of agent, processing, aggregation, cloud',
    );
  });

  it('refuses a base of its own together with another one', async () => {
    for (const options of [{ baseImage: 'debian:13' }, { builder: 'docker' }]) {
      expect(await failureOf(buildImages({ localBase: true, ...options }))).to.be.instanceOf(RangeError);
    }
  });

  it('refuses a builder it does not know', async () => {
    expect(await failureOf(chooseBuilder('kaniko'))).to.be.instanceOf(RangeError);
  });
});
