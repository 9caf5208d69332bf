import fc from 'fast-check';
import type { JsonSchema } from '../../constructs/values/json-schema.ts';
import { keyPattern } from '../../constructs/values/kinds/kubernetes-json.ts';
import { printable } from '../../constructs/values/kinds/value-node.ts';
import { valuesJsonSchema } from '../../constructs/values/values-schema-json.ts';

/** Strings that some reader or writer of YAML or templates has got wrong before. */
const nasty = [
  '',
  ' leading',
  'trailing ',
  'yes',
  'n',
  '~',
  'null',
  '1.0',
  '0o17',
  '010',
  '1e3',
  'e0',
  '1_000',
  '12:30:45',
  '2001-12-14',
  '0x1F',
  '.inf',
  '{{ .Values.x }}',
  '{{',
  'a: b',
  '- a',
  '# no comment',
  '%d %s %',
  '"quoted"',
  "'single'",
  '`back`',
  'back\\slash',
  'two\nlines',
  'line\n',
  '\ttab',
  '<&>',
  '\u{2028}',
  'é😀',
  '|',
  '>-',
  '*alias',
  '&anchor',
  '!tag',
  '@at',
  '=',
  '<<',
];

const matcher = new RegExp(printable, 'u');
const text = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }).filter(value => matcher.test(value)),
);

const keys = fc.oneof(
  fc.constantFrom('app', 'y', 'on', '1.0', '0x1F', '010', '1e3', 'null', 'a.b/c', 'checksum/config'),
  fc.stringMatching(new RegExp(keyPattern)),
);

const kubernetesJson = fc.letrec<{ node: unknown; map: Record<string, unknown> }>(tie => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, min: -1e15, max: 1e15 }).map(value => value + 0),
    fc.array(tie('node'), { maxLength: 3 }),
    tie('map'),
  ),
  map: fc.dictionary(keys, tie('node'), { maxKeys: 3 }),
}));

/**
 * Values that the chart accepts: any part of them, as a user writes them. The token is always there, and a host is
 * where there is no cloud service in the release.
 */
export const validValues: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    ofSection(valuesJsonSchema()),
    text.filter(token => token !== ''),
  )
  .map(([values, token]) => complete(values, token));

function ofSchema(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.properties) return ofSection(schema);
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 0 });
    case 'string':
      return ofString(schema);
    case 'array':
      return fc.array(schema.items?.enum ? ofSchema(schema.items) : kubernetesJson.map, { maxLength: 3 });
    default:
      return typeof schema.additionalProperties === 'object' && schema.additionalProperties.type === 'string'
        ? fc.dictionary(keys, text, { maxKeys: 4 })
        : kubernetesJson.map;
  }
}

function ofString({ pattern, maxLength = 300 }: JsonSchema): fc.Arbitrary<string> {
  if (pattern === undefined || pattern === printable) return text;
  return fc
    .stringMatching(new RegExp(pattern))
    .filter(value => value.length <= maxLength && matcher.test(value));
}

function ofSection(schema: JsonSchema): fc.Arbitrary<Record<string, unknown>> {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([key, child]) => [key, ofSchema(child)] as const,
  );
  return fc.record(Object.fromEntries(properties), { requiredKeys: [] });
}

// biome-ignore lint/suspicious/noExplicitAny: a tree of values of any shape
function complete(values: any, token: string): Record<string, unknown> {
  const result = structuredClone(values);
  result.config ??= {};
  result.config.api ??= {};
  result.config.api.token ||= token;
  if (result.config.api.existingSecret?.secretName === '') delete result.config.api.existingSecret.secretName;
  if (result.cloud?.enabled === false) result.config.api.host ||= 'cloud.example.com';
  return result;
}
