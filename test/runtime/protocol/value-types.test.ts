import { expect } from 'chai';
import { typeAndFormat } from '../../../runtime/protocol/value-types.ts';

describe('the type of several values', () => {
  const of = (...types: [string, number][]) => {
    const { type, format } = typeAndFormat(types.map(([name, count]) => ({ type: name, count })));
    return format === '' ? type : `${type}(${format})`;
  };

  it('is the one they share', () => {
    expect(of(['int32', 5])).to.equal('integer(int32)');
    expect(of(['uuid', 5])).to.equal('string(uuid)');
    expect(of(['boolean', 1])).to.equal('boolean');
  });

  it('widens among numbers', () => {
    expect(of(['int32', 5], ['int64', 1])).to.equal('integer(int64)');
    expect(of(['int32', 5], ['float', 1])).to.equal('number(float)');
    expect(of(['int64', 5], ['float', 1])).to.equal('number(double)');
    expect(of(['int32', 5], ['number', 1])).to.equal('number');
  });

  it('is a string without a format where they have nothing in common', () => {
    expect(of(['uuid', 5], ['email', 1])).to.equal('string');
    expect(of(['int32', 5], ['string', 1])).to.equal('string');
    expect(of(['made-up', 5])).to.equal('string');
    expect(of()).to.equal('string');
  });

  it('ignores one value in two hundred', () => {
    expect(of(['int32', 1000], ['string', 4])).to.equal('integer(int32)');
    expect(of(['int32', 1000], ['string', 6])).to.equal('string');
  });
});
