import { assert } from 'chai';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { manifestYaml } from '../../../constructs/synth/manifest.ts';

/** What some version of YAML reads as something else than text. */
const ambiguous = [
  ...[
    '0o17',
    '010',
    '0x1F',
    '1e3',
    'e0',
    'E7',
    '1_000',
    '12:30:45',
    '2001-12-14',
    '.inf',
    '.NaN',
    '+1',
    '0b1',
  ],
  ...[
    'yes',
    'n',
    'Y',
    'on',
    'OFF',
    'true',
    'null',
    '~',
    '',
    ' ',
    '-',
    '- a',
    'a: b',
    '# c',
    '<<',
    '=',
    '*a',
    '!t',
  ],
  ...[
    '{{ x }}',
    '%d',
    '@x',
    '`x',
    'a\nb',
    'a\n',
    '\n a',
    'a \n',
    'x\ny\n',
    '\u2028',
    'a\u0085b\nc\n',
    'é😀',
    '1.0',
  ],
];

const read = (text: string, version: '1.1' | '1.2') => {
  const documents = parseAllDocuments(text, { version });
  for (const { errors } of documents) assert.deepEqual(errors, []);
  return documents.map(document => document.toJS() as unknown);
};

describe('plain YAML', () => {
  it('is read the same by readers of YAML 1.1 and 1.2', () => {
    const objects = [
      { metadata: { annotations: Object.fromEntries(ambiguous.map((text, index) => [`k${index}`, text])) } },
      { metadata: { labels: Object.fromEntries(ambiguous.filter(Boolean).map(text => [text, text])) } },
      { spec: { ports: [80, 1.5, 1_000_000, true], nothing: {}, none: [], nested: [[ambiguous]] } },
    ];
    for (const version of ['1.1', '1.2'] as const)
      assert.deepEqual(read(manifestYaml(objects), version), objects);
  });

  it('carries any text', () => {
    const texts = fc.array(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' })));
    fc.assert(
      fc.property(texts, values => {
        for (const version of ['1.1', '1.2'] as const)
          assert.deepEqual(read(manifestYaml([{ values }]), version), [{ values }]);
      }),
    );
  });

  it('leaves words plain and several lines as a block', () => {
    assert.equal(
      manifestYaml([{ apiVersion: 'apps/v1', data: { 'config.yaml': 'a: 1\nb: 2\n', port: '80' } }]),
      'apiVersion: apps/v1\ndata:\n  config.yaml: |\n    a: 1\n    b: 2\n  port: "80"\n',
    );
  });
});
