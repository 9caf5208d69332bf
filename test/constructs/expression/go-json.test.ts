import { assert } from 'chai';
import { goJson } from '../../../constructs/expression/go-json.ts';

describe('goJson', () => {
  it("writes JSON as Go's encoding/json does", () => {
    assert.equal(
      goJson({ b: [1, true, null], a: '<&>\u2028é😀' }),
      '{"a":"\\u003c\\u0026\\u003e\\u2028é😀","b":[1,true,null]}',
    );
  });

  it('sorts keys by their bytes, not by their UTF-16 units', () => {
    assert.equal(goJson({ '\u{10000}': 1, '\uFFFD': 2 }), '{"\uFFFD":2,"\u{10000}":1}');
  });

  it('prints numbers without changing their value', () => {
    assert.equal(goJson([1e6, 0.1, 1e21, 1e-7, -5]), '[1000000,0.1,1e+21,1e-7,-5]');
  });
});
