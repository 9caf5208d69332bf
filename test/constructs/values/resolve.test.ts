import { Ajv } from 'ajv';
import { assert } from 'chai';
import fc from 'fast-check';
import { defaultValues } from '../../../constructs/values/bind.ts';
import { InvalidValuesError } from '../../../constructs/values/errors.ts';
import { mergeValues } from '../../../constructs/values/merge.ts';
import { checkValues, resolveValues } from '../../../constructs/values/resolve.ts';
import { valuesJsonSchema } from '../../../constructs/values/values-schema-json.ts';
import { validValues } from '../values-arbitrary.ts';

function problems(values: unknown): string {
  try {
    resolveValues(values);
  } catch (error) {
    assert.instanceOf(error, InvalidValuesError);
    return (error as Error).message;
  }
  return '';
}

describe('resolveValues', () => {
  it('fills in the defaults', () => {
    assert.deepEqual(resolveValues({}), defaultValues());
    assert.equal(resolveValues({ config: { api: { port: 8443 } } }).config.api.port, 8443);
  });

  it('merges maps, replaces lists, and lets null delete a default', () => {
    const merged = resolveValues({
      agent: { nodeSelector: { disk: 'ssd' }, tolerations: [{ operator: 'Exists' }] },
      cloud: { nodeSelector: { 'kubernetes.io/os': null } },
      processing: { nodeSelector: null },
    } as object);
    assert.deepEqual(merged.agent.nodeSelector, { 'kubernetes.io/os': 'linux', disk: 'ssd' });
    assert.deepEqual(merged.agent.tolerations, [{ operator: 'Exists' }]);
    assert.deepEqual(merged.cloud.nodeSelector, {});
    assert.notProperty(merged.processing, 'nodeSelector');
  });

  it('names every wrong key, with its value and what to do, one line each', () => {
    const message = problems({ config: { api: { port: 0 } }, agent: { podLabel: {}, tolerations: 'all' } });
    assert.equal(
      message,
      [
        'config.api.port: 0: expected an integer from 1 to 65535',
        'agent.tolerations: "all": expected a list',
        'agent.podLabel: {}: unknown key; did you mean podLabels?',
      ].join('\n'),
    );
  });

  it('never shows a token, not even under a misspelt key', () => {
    const secret = 'very-secret-token';
    assert.notInclude(problems({ config: { api: { token: [secret] } } }), secret);
    assert.notInclude(problems({ config: { api: { tokn: secret } } }), secret);
    assert.notInclude(problems({ config: { api: secret } }), secret);
  });

  it('shortens a long value', () => {
    assert.isBelow(problems({ nameOverride: 'X'.repeat(10_000) }).length, 250);
  });

  it('keeps to one line for each problem whatever the keys are, and to 50 lines', () => {
    assert.notInclude(problems({ 'a\nb': 1 }), '\n');
    assert.notInclude(problems({ agent: { podLabels: { 'a\nb': 'x' } } }), '\n');
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key${index}`, 1]));
    const lines = problems(many).split('\n');
    assert.lengthOf(lines, 51);
    assert.equal(lines.at(-1), 'and 950 more');
  });

  it('gives every caller defaults of its own', () => {
    (resolveValues({}).agent.podLabels as Record<string, string>).changed = 'yes';
    assert.deepEqual(resolveValues({}).agent.podLabels, {});
  });

  it('refuses objects nested too deep', () => {
    let nested: object = {};
    for (let depth = 0; depth < 100; depth++) nested = { a: nested };
    assert.match(problems({ agent: { affinity: nested } }), /nested more than 40 levels/);
  });

  it('refuses everything that is not a map', () => {
    for (const values of [[], 'text', 5, true]) assert.match(problems(values), /^values: .*expected a map/);
  });

  it('agrees with values.schema.json, on valid values and on values with one random change', () => {
    const validate = new Ajv({ strict: false, allErrors: true }).compile(valuesJsonSchema());
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('', 0, -1, 443, {}, [], null, false),
    );
    fc.assert(
      fc.property(
        validValues,
        fc.option(fc.tuple(fc.infiniteStream(fc.nat()), anything)),
        (values, change) => {
          const merged = structuredClone(mergeValues(defaultValues(), values));
          if (change) replaceSomewhere(merged as Record<string, unknown>, ...change);
          const found = checkValues(merged);
          assert.equal(validate(merged), found.length === 0, JSON.stringify([validate.errors, found]));
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** Walks down by the numbers and replaces what lies there. */
function replaceSomewhere(
  values: Record<string, unknown>,
  steps: Iterator<number>,
  replacement: unknown,
): void {
  const keys = Object.keys(values);
  const key = keys[(steps.next().value as number) % Math.max(keys.length, 1)];
  if (key === undefined) return;
  const child = values[key];
  const isMap =
    typeof child === 'object' && child !== null && !Array.isArray(child) && Object.keys(child).length > 0;
  if (isMap && (steps.next().value as number) % 4 > 0)
    replaceSomewhere(child as Record<string, unknown>, steps, replacement);
  else values[key] = replacement;
}
