import fc from 'fast-check';
import { ports } from '../../constructs/ports.ts';
import type { JsonSchema } from '../../constructs/values/json-schema.ts';
import { definitions } from '../../constructs/values/kinds/definitions.ts';
import { keyPattern } from '../../constructs/values/kinds/kubernetes-json.ts';
import { printable } from '../../constructs/values/kinds/value-node.ts';
import { valuesJsonSchema } from '../../constructs/values/values-schema-json.ts';
import { testCertificate } from './schemas/test-certificate.ts';

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
  'lines\n\n',
  '\u00a0',
  'end\u2000',
  '\u3000start',
  '\ttab',
  '<&>',
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
export const validValues = validValuesWith({});

/** The same with the contents of some keys, wherever they are, taken from lists. */
export function validValuesWith(samples: Samples): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(
      ofSection(valuesJsonSchema(), samples),
      text.filter(token => token !== ''),
    )
    .map(([values, token]) => complete(values, token));
}

type Samples = Readonly<Record<string, readonly unknown[]>>;

function ofSchema(schema: JsonSchema, depth = 0, samples: Samples = {}): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.$ref === '#/definitions/kubernetesJson') return kubernetesJson.node;
  if (schema.$ref) return depth > 2 ? fc.constant({}) : ofSchema(definitions(schema.$ref), depth + 1);
  if (schema.properties)
    return schema.required?.length === undefined || depth > 0
      ? ofStructure(schema, depth)
      : ofSection(schema, samples);
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map(type => ofSchema({ ...schema, type }, depth)));
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 0 });
    case 'number':
      return fc
        .double({ min: schema.minimum ?? 0, max: schema.maximum ?? 0, noNaN: true })
        .map(value => value + 0);
    case 'string':
      return ofString(schema);
    case 'array':
      return fc.array(isFree(schema.items) ? kubernetesJson.map : ofSchema(schema.items ?? {}, depth + 1), {
        maxLength: 3,
      });
    default:
      return ofMap(schema);
  }
}

/** Any map, as in a piece of a Kubernetes object. */
function isFree(schema: JsonSchema | undefined): boolean {
  return schema?.type === 'object' && schema.properties === undefined;
}

function ofMap(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { additionalProperties: values, minProperties: minKeys = 0 } = schema;
  if (typeof values !== 'object' || values.type !== 'string') return kubernetesJson.map;
  const pattern = schema.propertyNames?.pattern ?? keyPattern;
  const names = pattern === keyPattern ? keys : fc.stringMatching(new RegExp(pattern));
  return fc.dictionary(names, ofSchema(values), { minKeys, maxKeys: 4 });
}

/** An item with declared fields: those that must be there, and some of the others. */
function ofStructure(schema: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  const entries = Object.entries(schema.properties ?? {}).map(
    ([key, child]) => [key, ofSchema(child, depth + 1)] as const,
  );
  return fc
    .record(Object.fromEntries(entries), { requiredKeys: [...(schema.required ?? [])] as never })
    .filter(value => Object.keys(value).length >= (schema.minProperties ?? 0));
}

function ofString({ pattern, minLength = 0, maxLength = 300 }: JsonSchema): fc.Arbitrary<string> {
  if (pattern === undefined || pattern === printable)
    return text.filter(value => value.length >= minLength && value.length <= maxLength);
  return fc
    .stringMatching(new RegExp(pattern))
    .filter(value => value.length <= maxLength && matcher.test(value));
}

function ofSection(schema: JsonSchema, samples: Samples): fc.Arbitrary<Record<string, unknown>> {
  const properties = Object.entries(schema.properties ?? {})
    // Keys of earlier versions have no type: they are there to be refused.
    .filter(([, child]) => child.type !== undefined || child.enum !== undefined)
    .map(([key, child]) => [key, ofKey(key, child, samples)] as const);
  return fc.record(Object.fromEntries(properties), { requiredKeys: [] });
}

function ofKey(key: string, schema: JsonSchema, samples: Samples): fc.Arbitrary<unknown> {
  const contents = samples[key];
  return contents ? fc.constantFrom(...contents) : ofSchema(schema, 0, samples);
}

// biome-ignore lint/suspicious/noExplicitAny: a tree of values of any shape
function complete(values: any, token: string): Record<string, unknown> {
  const result = structuredClone(values);
  result.config ??= {};
  result.config.api ??= {};
  result.config.api.token ||= token;
  if (result.config.api.existingSecret?.secretName === '') delete result.config.api.existingSecret.secretName;
  if (result.cloud?.enabled === false) result.config.api.host ||= 'cloud.example.com';
  removeContradictions(result);
  return result;
}

/** Takes away what the chart refuses although each value is right. */
// biome-ignore lint/suspicious/noExplicitAny: a tree of values of any shape
function removeContradictions(values: any): void {
  const certificate = values.config.connector?.certificate;
  if (certificate?.enabled) {
    const sources = ['certManager', 'existingSecret', 'customSecret'] as const;
    const chosen = sources.find(source => certificate[source]?.enabled);
    if (!chosen) certificate.enabled = false;
    for (const source of sources)
      if (source !== chosen && certificate[source]) certificate[source].enabled = false;
    if (chosen === 'existingSecret') certificate.existingSecret.name ||= 'tls';
    if (chosen === 'customSecret')
      for (const [part, text] of Object.entries(testCertificate)) certificate.customSecret[part] ||= text;
  }
  const { aggregation } = values;
  const isSeveral = aggregation?.autoscaling?.enabled || aggregation?.replicaCount > 1;
  if (aggregation?.persistence?.enabled && isSeveral) aggregation.persistence.enabled = false;
  if (values.cloud?.service?.port === 443) values.cloud.service.port = 80;
  for (const part of ['agent', 'processing', 'aggregation', 'cloud'])
    if (Object.values<number>(ports).includes(values[part]?.metrics?.port)) values[part].metrics.port = 9090;
  if (values.namespace) values.namespace.create = false; // only in plain YAML
}
