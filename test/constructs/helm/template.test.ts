import { assert } from 'chai';
import { decode } from '../../../constructs/expression/expr.ts';
import { helper } from '../../../constructs/expression/helper.ts';
import { Ref } from '../../../constructs/expression/ref.ts';
import { text } from '../../../constructs/expression/text.ts';
import { when } from '../../../constructs/expression/when.ts';
import { Helpers } from '../../../constructs/helm/helpers.ts';
import { literal } from '../../../constructs/helm/literal.ts';
import { mapTemplate } from '../../../constructs/helm/template.ts';

const condition = new Ref<boolean>('boolean', ['b']);
const use = () => {};

describe('the template printer', () => {
  it('writes block style that a person can read', () => {
    const template = mapTemplate({ a: { b: [{ c: new Ref('string', ['s']), d: when(condition, 1) }] } }, use);
    assert.equal(
      template,
      [
        'a:',
        '  b:',
        '    - c: {{ .Values.s | quote }}',
        '      {{- if .Values.b }}',
        '      d: 1',
        '      {{- end }}',
        '',
      ].join('\n'),
    );
  });

  it('refuses a map that would become null', () => {
    assert.throws(() => mapTemplate({ a: { b: when(condition, 1) } }, use), /only conditional keys b/);
  });

  it('refuses a list item that starts with a conditional key', () => {
    const item = { a: when(condition, 1), b: 2 };
    assert.throws(
      () => mapTemplate({ list: [item] }, use),
      /list item that starts with the conditional key a/,
    );
  });

  it('refuses an expression inside a JavaScript string', () => {
    assert.throws(() => decode(`x-${new Ref('string', ['s'])}`), /build the string with text`…` instead/);
  });

  it('refuses two named templates with one name', () => {
    const helpers = new Helpers();
    const [one, two] = ['a', 'b'].map(key => helper('same', text`${new Ref<string>('string', [key])}-x`));
    assert.throws(
      () => mapTemplate({ one, two }, helpers.use),
      /two named templates are called wallarm-oob.same/,
    );
  });

  it('quotes what a YAML version would read as something else', () => {
    for (const word of [
      'yes',
      'no',
      'null',
      '~',
      'on',
      '1.0',
      '0x1F',
      '',
      ' a',
      'a: b',
      '-',
      '*a',
      '{{ x }}',
      '.inf',
    ])
      assert.match(literal(word), /^"/, word);
    for (const word of ['abc', '/live', 'apps/v1', '--config', 'spec.nodeName'])
      assert.equal(literal(word), word);
  });
});
