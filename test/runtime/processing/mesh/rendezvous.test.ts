import { expect } from 'chai';
import { connectionKey, hashOf, ownerOf } from '../../../../runtime/processing/mesh/rendezvous.ts';

const members = (...names: string[]) => names.map(name => ({ name, seed: hashOf(name) }));
const keys = Array.from({ length: 20_000 }, (_, i) => connectionKey(hashOf('epoch'), 1_000_000 + i));

describe('the owner of a connection', () => {
  it('is the same in whatever order the members are listed', () => {
    const [a, b] = [members('10.0.0.1', '10.0.0.2', '10.0.0.3'), members('10.0.0.3', '10.0.0.1', '10.0.0.2')];
    for (const key of keys) expect(ownerOf(key, a).name).to.equal(ownerOf(key, b).name);
  });

  it('is each member in about equal parts', () => {
    const all = members('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4');
    const counts = new Map<string, number>();
    for (const key of keys) {
      const { name } = ownerOf(key, all);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(count / keys.length).to.be.within(0.23, 0.27);
  });

  it('stays when another member comes or goes', () => {
    const three = members('10.0.0.1', '10.0.0.2', '10.0.0.3');
    const two = three.slice(0, 2);
    for (const key of keys) {
      const owner = ownerOf(key, three).name;
      if (owner !== '10.0.0.3') expect(ownerOf(key, two).name).to.equal(owner);
    }
  });

  it('needs a member', () => {
    expect(() => ownerOf(1, [])).to.throw(RangeError);
  });

  it('tells large connection numbers apart', () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => connectionKey(1, i * 2 ** 32));
    expect(new Set(numbers).size).to.be.above(990);
  });
});
