import { expect } from 'chai';
import fc from 'fast-check';
import { classify } from '../../../../runtime/aggregation/learner/path-shape.ts';

const certain: Record<string, string> = {
  '7': 'integer',
  '-12': 'integer',
  '918273645546372819': 'integer',
  '52.5200': 'number',
  '3f2504e0-4f89-41d3-9a0c-0305e82c3301': 'uuid',
  '3F2504E04F8941D39A0C0305E82C3301': 'uuid',
  '507f1f77bcf86cd799439011': 'hex',
  da39a3ee5e6b4b0d3255bfef95601890afd80709: 'hex',
  '2026-11-21': 'date',
  '2026-11-21T15:00:00Z': 'date-time',
  '10.0.0.1': 'ip',
  'fe80::1:2:3': 'ip',
  'ada@example.com': 'email',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV': 'ulid',
  'shop.example.com': 'domain',
  AB12345: 'code',
  cus_NffrFeUfNV2Hib: 'random',
  x7Kq2PzL9mWv: 'random',
};

const open = [
  'users',
  'v1',
  'v2.1',
  '2.0',
  'me',
  'getUserById',
  'order-items',
  'oauth2',
  'sha256',
  'int32s',
  'blue-river',
  'base64',
  'wp-login.php',
  'users.json',
  'HTTPServer',
  'iPhone',
  'list_all_v2',
  'ada.lovelace',
  'S3',
  'ec2',
  'x',
  '',
  'internationalization',
  'acknowledgements',
  'cinema-shedule-showtime',
  'getHTTPResponseCode',
  '$metadata',
  'a:b',
];

describe('classify', () => {
  for (const [text, shape] of Object.entries(certain))
    it(`takes ${text} for ${shape}`, () => {
      expect(classify(text)).to.equal(shape);
    });

  for (const text of open)
    it(`leaves ${JSON.stringify(text)} to the statistics`, () => {
      expect(classify(text)).to.equal(undefined);
    });

  it('takes every decimal number of any length for a value', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n }), value => {
        const shape = classify(String(value));
        expect(shape).to.be.oneOf(['integer', 'long']);
      }),
    );
  });

  it('takes every UUID for a value', () => {
    fc.assert(
      fc.property(fc.uuid(), value => {
        expect(classify(value)).to.equal('uuid');
      }),
    );
  });

  it('does not keep the text of a segment beyond the limit', () => {
    expect(classify('a'.repeat(129))).to.equal('long');
    expect(classify('a'.repeat(100_000))).to.equal('long');
  });

  it('answers any text in little time', () => {
    const hostile = [
      'a'.repeat(128),
      `${'a.'.repeat(63)}a`,
      '1-'.repeat(64),
      ':'.repeat(128),
      '@'.repeat(128),
      `${'aA1_'.repeat(32)}`,
    ];
    const start = performance.now();
    for (let i = 0; i < 200; i++) for (const text of hostile) classify(text);
    expect(performance.now() - start).to.be.below(2000);
    fc.assert(fc.property(fc.string({ maxLength: 200 }), text => (classify(text) ?? 'none').length > 0));
  });
});
