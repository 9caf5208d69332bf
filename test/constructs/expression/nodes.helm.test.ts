import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { and } from '../../../constructs/expression/and.ts';
import { choose } from '../../../constructs/expression/choose.ts';
import { configText } from '../../../constructs/expression/config-text.ts';
import { endsWith } from '../../../constructs/expression/ends-with.ts';
import type { Val } from '../../../constructs/expression/expr.ts';
import { firstNonEmpty } from '../../../constructs/expression/first-non-empty.ts';
import { goJson } from '../../../constructs/expression/go-json.ts';
import { helper } from '../../../constructs/expression/helper.ts';
import { isEmpty } from '../../../constructs/expression/is-empty.ts';
import { isOneOf } from '../../../constructs/expression/is-one-of.ts';
import { layered } from '../../../constructs/expression/layers.ts';
import { moreThan } from '../../../constructs/expression/more-than.ts';
import { not } from '../../../constructs/expression/not.ts';
import { optionalMap } from '../../../constructs/expression/optional-map.ts';
import { or } from '../../../constructs/expression/or.ts';
import { orElse } from '../../../constructs/expression/or-else.ts';
import { orEmpty } from '../../../constructs/expression/or-empty.ts';
import { probe } from '../../../constructs/expression/probe.ts';
import { Ref } from '../../../constructs/expression/ref.ts';
import { required } from '../../../constructs/expression/required.ts';
import { sha256 } from '../../../constructs/expression/sha256.ts';
import { entries, items, list, withUserEntries } from '../../../constructs/expression/spread.ts';
import { strategy } from '../../../constructs/expression/strategy.ts';
import { text } from '../../../constructs/expression/text.ts';
import { truncate } from '../../../constructs/expression/truncate.ts';
import { orBuiltIn, unlessEmpty } from '../../../constructs/expression/unless-empty.ts';
import { when } from '../../../constructs/expression/when.ts';
import { withoutPrefix } from '../../../constructs/expression/without-prefix.ts';
import { Helpers } from '../../../constructs/helm/helpers.ts';
import { mapTemplate } from '../../../constructs/helm/template.ts';
import { helm, helmVersions, parseDocuments, temporaryFolder, writeChart } from '../helm.ts';

interface Inputs {
  readonly s: Val<string>;
  readonly e: Val<string>;
  readonly n: Val<number>;
  readonly b: Val<boolean>;
  readonly m: Val<Readonly<Record<string, string>>>;
  readonly em: Val<Readonly<Record<string, string>>>;
  readonly l: Val<readonly string[]>;
  readonly el: Val<readonly string[]>;
  /** Pieces of Kubernetes objects: a probe and an update strategy. */
  readonly p: Val<Readonly<Record<string, unknown>>>;
  readonly u: Val<Readonly<Record<string, unknown>>>;
}

const references: Inputs = {
  s: new Ref('string', ['s']),
  e: new Ref('string', ['e']),
  n: new Ref('integer', ['n']),
  b: new Ref('boolean', ['b']),
  m: new Ref('map', ['m']),
  em: new Ref('map', ['em']),
  l: new Ref('list', ['l']),
  el: new Ref('list', ['el']),
  p: new Ref('map', ['p']),
  u: new Ref('map', ['u']),
};

const inputs: readonly Record<keyof Inputs, unknown>[] = [
  {
    s: 'plain',
    e: '',
    n: 1_000_000,
    b: true,
    m: { a: 'x', fixed: 'user' },
    em: {},
    l: ['p', 'q'],
    el: [],
    p: { httpGet: { port: 1 }, exec: {} },
    u: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } },
  },
  {
    s: '0o17 {{ x }} "q" %d <&>\n',
    e: '',
    n: 0,
    b: false,
    m: { yes: '1.0' },
    em: {},
    l: ['~'],
    el: [],
    p: { httpGet: { port: 1 } },
    u: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
  },
  {
    s: '-a.b_',
    e: '',
    n: 9_007_199_254_740_991,
    b: false,
    m: { z: '\u2028é😀' },
    em: {},
    l: ['- a'],
    el: [],
    p: { periodSeconds: 5, grpc: { port: 2 }, httpGet: {} },
    u: { rollingUpdate: { maxSurge: '25%' } },
  },
];

/** One case for each kind of node: the fields that it makes. */
const cases: Readonly<Record<string, (v: Inputs) => object>> = {
  'a reference of each kind': v => ({ s: v.s, n: v.n, b: v.b, m: v.m, l: v.l }),
  'literals that look like something else': () => ({
    a: 'yes',
    b: '1.0',
    c: '{{ x }}',
    d: 'a: b',
    on: '--x',
    n: 3,
  }),
  'text with strings and integers': v => ({ a: text`${v.s}/100%:${v.n}`, b: text`x-${v.s}` }),
  'a fallback for the empty string': v => ({
    a: orElse(v.e, 'fallback'),
    b: orElse(v.s, v.e),
    c: orElse(v.e, v.s),
  }),
  'whether a value is empty': v => ({ a: isEmpty(v.e), b: isEmpty(v.s), c: isEmpty(v.em), d: isEmpty(v.l) }),
  'negation and conjunction': v => ({
    a: not(v.b),
    b: and(v.b, not(isEmpty(v.s))),
    c: and(true, v.b),
    d: and(false, v.b),
  }),
  'a choice of strings, integers and booleans': v => ({
    a: choose(v.b, v.s, 'other'),
    b: choose(v.b, 443, v.n),
    c: choose(v.b, false, v.b),
  }),
  truncation: v => ({ a: truncate(v.s, 3), b: truncate(text`aaaa-${v.s}`, 5) }),
  'taking off a prefix': v => ({ a: withoutPrefix(text`/${v.s}`, '/'), b: withoutPrefix(v.s, 'zz') }),
  'a required value that is there': v => ({ a: required(v.s, 'a.b', 'set it') }),
  'a conditional field': v => ({
    always: 1,
    a: when(v.b, v.s),
    b: when(not(v.b), { deep: [v.n] }),
    c: when(v.b, v.m),
  }),
  'a field left out when empty': v => ({
    always: 1,
    a: unlessEmpty(v.m),
    b: unlessEmpty(v.em),
    c: unlessEmpty(v.el),
  }),
  'conditional and spliced list items': v => ({
    a: list<unknown>(
      'first',
      when(v.b, v.s),
      when(not(v.b), { k: v.n, o: when(v.b, 1) }),
      ...items(v.l),
      ...items(v.el),
    ),
  }),
  'user entries beside fixed ones, which win': v => ({
    a: withUserEntries({ fixed: 'ours', other: v.s }, v.m, ['fixed', 'other']),
    b: withUserEntries({ fixed: 'ours' }, v.em, ['fixed']),
  }),
  'a named string and a named map': v => ({
    a: helper('string', text`named-${v.s}`),
    b: { ...entries(helper('map', { one: v.s, two: 'two' })), three: 'three' },
  }),
  'a configuration file and its checksum': v => {
    const content = helper(
      'config',
      configText({ a: { b: v.s, n: v.n, f: v.b, l: v.l, fixed: '<x>' }, e: v.e }),
    );
    return { file: typeof content === 'string' ? `${content}\n` : content, sum: sha256(content) };
  },
  'a configuration file with conditional entries': v => {
    const tree = { a: 1, b: when(v.b, { c: v.s, d: when(not(v.b), v.l as string[]), e: [1, 'x'] }), f: true };
    const content = helper('conditional', configText(tree));
    return { file: typeof content === 'string' ? `${content}\n` : content };
  },
  'disjunction and comparison': v => ({
    a: or(v.b, isEmpty(v.e)),
    b: or(false, v.b),
    c: moreThan(v.n, 1),
    d: isOneOf(v.s, 'plain', '-a.b_'),
    e: isOneOf(text`${v.n}`, '0', '1000000'),
    f: endsWith(v.s, 'n'),
  }),
  'the first of several lists or maps that has something in it': v => ({
    always: 1,
    a: unlessEmpty(firstNonEmpty(v.el, v.l)),
    b: unlessEmpty(firstNonEmpty(v.em, v.em)),
    c: unlessEmpty(firstNonEmpty(v.m, v.em)),
  }),
  'a list that may be empty, and what is built in where it is': v => ({
    a: orEmpty(v.el),
    b: orEmpty(v.l),
    c: orBuiltIn(v.el, ['built', 'in']),
    d: orBuiltIn(v.l, []),
    e: orBuiltIn(v.em, { built: v.s }),
  }),
  'maps of the user over one another': v => ({
    always: 1,
    a: layered({ fixed: 'ours' }, ['fixed'], v.m, v.em),
    b: layered({ fixed: 'ours' }, ['fixed'], v.em, v.m),
    c: optionalMap('both', v.m, v.em),
    d: optionalMap('neither', v.em, v.em),
  }),
  'a probe and a strategy of the user over the default': v => ({
    always: 1,
    a: unlessEmpty(probe(v.p)),
    b: unlessEmpty(strategy(v.u)),
    c: unlessEmpty(probe(v.em)),
    d: unlessEmpty(strategy(v.em)),
  }),
  'empty maps and lists': () => ({ a: {}, b: [], c: [{}, 'x'] }),
};

for (const version of helmVersions) {
  describe(`expressions rendered by ${version} and folded`, () => {
    let rendered: readonly Record<string, unknown>[] = [];

    before(async () => {
      const helpers = new Helpers();
      const documents = Object.entries(cases).map(([name, build]) =>
        mapTemplate({ name, made: build(references) }, helpers.use),
      );
      const chart = await writeChart(
        new Map([
          ['Chart.yaml', 'apiVersion: v2\nname: nodes\nversion: 0.1.0\n'],
          ['templates/nodes.yaml', documents.join('---\n')],
          ['templates/_helpers.tpl', helpers.print()],
        ]),
      );
      rendered = await Promise.all(
        inputs.map(async values => {
          const file = join(await temporaryFolder(), 'values.yaml');
          await writeFile(file, goJson(values));
          const { stdout, stderr, code } = await helm(version, 'template', 'r', chart, '-f', file);
          assert.equal(code, 0, stderr);
          const documents = parseDocuments(stdout) as { name: string; made: unknown }[];
          return Object.fromEntries(documents.map(({ name, made }) => [name, made]));
        }),
      );
    });

    for (const [name, build] of Object.entries(cases)) {
      it(`agree on ${name}`, () => {
        for (const [index, values] of inputs.entries()) {
          const folded = JSON.parse(JSON.stringify(build(values as unknown as Inputs)));
          assert.deepEqual(rendered[index]?.[name], folded, `input ${index}`);
        }
      });
    }
  });
}
