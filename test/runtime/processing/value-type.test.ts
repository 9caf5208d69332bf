import { expect } from 'chai';
import { formatOf, typeOfNumber, typeOfText } from '../../../runtime/processing/value-type.ts';

describe('the type of a value', () => {
  const texts: [string, string][] = [
    ['0', 'int32'],
    ['-42', 'int32'],
    ['2147483647', 'int32'],
    ['2147483648', 'int64'],
    ['9223372036854775807', 'int64'],
    ['9223372036854775808', 'integer'],
    ['1.5', 'float'],
    ['.5', 'float'],
    ['3.141592653589', 'double'],
    ['1e10', 'float'],
    ['0.12345678901234567890', 'number'],
    ['007', 'string'],
    ['+49301234567', 'string'],
    ['-', 'string'],
    ['1.2.3', 'string'],
    ['true', 'boolean'],
    ['FALSE', 'boolean'],
    ['6f1e7a52-0a52-4d6e-9a35-3d1f6d8c1b11', 'uuid'],
    ['2026-02-28', 'date'],
    ['2026-02-28T10:00:00Z', 'date-time'],
    ['10:30:00', 'time'],
    ['P3DT4H', 'duration'],
    ['jane@example.com', 'email'],
    ['10.0.0.1', 'ipv4'],
    ['2001:db8::1', 'ipv6'],
    ['https://example.com/a', 'uri'],
    ['d41d8cd98f00b204e9800998ecf8427e', 'hex'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'jwt'],
    ['SGVsbG8gV29ybGQxMjM0NQ==', 'byte'],
    ['hello', 'string'],
    ['x'.repeat(100_000), 'string'],
  ];
  for (const [text, type] of texts)
    it(`of ${JSON.stringify(text.slice(0, 40))} is ${type}`, () => {
      expect(typeOfText(text)).to.equal(type);
    });

  it('that is quoted is no number, and a number needs no quotes', () => {
    expect(formatOf('12')).to.equal('string');
    expect([1, 2 ** 31, 2 ** 60, 0.5, 0.123456789, 1e300].map(typeOfNumber)).to.deep.equal([
      ...['int32', 'int64', 'integer', 'float', 'double', 'integer'],
    ]);
  });

  it('costs linear time on hostile text', () => {
    const begin = performance.now();
    for (const text of [
      'a.'.repeat(250),
      '1'.repeat(512),
      '-'.repeat(500),
      `${'a'.repeat(300)}@${'a.'.repeat(100)}`,
    ])
      for (let i = 0; i < 1000; i++) typeOfText(text);
    expect(performance.now() - begin).to.be.below(2000);
  });
});
