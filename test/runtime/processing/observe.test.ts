import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { processingConfig } from '../../../runtime/processing/config.ts';
import { DeltaBuilder } from '../../../runtime/processing/delta-builder.ts';
import { maxParameters } from '../../../runtime/processing/limits.ts';
import { type Observed, observe } from '../../../runtime/processing/observe.ts';
import { valueHash } from '../../../runtime/processing/value-hash.ts';
import { Delta, Location } from '../../../runtime/protocol/generated/findings.ts';
import { Exchange } from '../../../runtime/protocol/generated/mirror.ts';
import { exchange, type RequestSketch } from './mirror-client.ts';

const { admission } = processingConfig.parse({});
const settings = { admission, values: { hash: valueHash('a token') } };
const json = { 'content-type': 'application/json' };

function observed(sketch: RequestSketch): Observed {
  const result = observe(exchange(sketch), settings);
  if (typeof result === 'string') throw new Error(`refused: ${result}`);
  return result;
}

/** `query a: integer×2 string` */
function parameters(sketch: RequestSketch): string[] {
  const names = Object.fromEntries(
    Object.entries(Location).map(([name, value]) => [value, name.toLowerCase()]),
  );
  return observed(sketch).observation.parameters.map(({ location, name, types }) =>
    `${names[location]} ${name}: ${types.map(({ type, count }) => (count === 1 ? type : `${type}×${count}`)).join(' ')}`.trim(),
  );
}

describe('admission', () => {
  const cases: [string, RequestSketch, string][] = [
    ['another status than 2xx', { status: 404 }, 'status'],
    ['OPTIONS', { method: 'OPTIONS' }, 'method'],
    ['HEAD', { method: 'HEAD' }, 'method'],
    ['no method', { method: '' }, 'malformed'],
    ['a method that is none', { method: 'G ET' }, 'malformed'],
    ['a loopback host', { authority: '127.0.0.1:8080' }, 'host-loopback'],
    ['a host that is none', { authority: 'a b' }, 'host-invalid'],
    ['CONNECT targets', { method: 'CONNECT', target: 'example.test:443' }, 'target-form'],
    ['control characters', { target: '/a%00b' }, 'segment'],
    ['markup', { target: '/%3Cscript%3E' }, 'segment'],
    ['quotes that are no OData key', { target: "/a'/b" }, 'segment'],
    ['quotes with more behind', { target: "/Users('x')or'1'" }, 'segment'],
    ['CJK punctuation', { target: '/%E3%80%82' }, 'segment'],
    ['pages', { target: '/index.html', responseHeaders: { 'Content-Type': 'text/html' } }, 'content-type'],
    ['no time', { timeUs: 0 }, 'malformed'],
  ];
  for (const [what, sketch, refusal] of cases)
    it(`refuses ${what} as "${refusal}"`, () => {
      expect(observe(exchange({ target: '/a', ...sketch }), settings)).to.equal(refusal);
    });

  it('refuses exchanges whose response was not seen, and empty messages', () => {
    expect(observe({ ...exchange(), response: undefined }, settings)).to.equal('no-response');
    expect(observe(Exchange.create(), settings)).to.equal('malformed');
  });

  it('follows its settings', () => {
    const loose = { ...admission, loopbackHosts: true, maxStatus: 599, ignoredMethods: [] };
    expect(
      observe(exchange({ authority: 'localhost', status: 500, method: 'HEAD' }), { admission: loose }),
    ).to.be.an('object');
    const strict = { ...admission, segments: 'strict' as const };
    expect(observe(exchange({ target: '/v1/items:cancel' }), { admission: strict })).to.equal('segment');
    expect(observe(exchange({ target: '/v1/items:cancel' }), settings)).to.be.an('object');
    expect(
      observe(exchange({ target: "/odata/Users('jane@example.test')/Orders(id='7')" }), settings),
    ).to.be.an('object');
    const typed = { ...admission, responseContentType: true };
    expect(
      observe(exchange({ responseHeaders: { 'content-type': 'text/html' } }), { admission: typed }),
    ).to.equal('content-type');
    expect(
      observe(exchange({ responseHeaders: { 'content-type': 'application/problem+json' } }), {
        admission: typed,
      }),
    ).to.be.an('object');
  });
});

describe('parameters', () => {
  it('come from the query, with the types of all values', () => {
    expect(parameters({ target: '/?a=1&a=x&b=&c&d%5B0%5D=true&e=1.5&f=2026-01-01&g=a+b%40c' })).to.deep.equal(
      [
        'query a: int32 string',
        'query b:',
        'query c:',
        'query d[]: boolean',
        'query e: float',
        'query f: date',
        'query g: string',
      ],
    );
  });

  it('come from headers that are not standard, and from cookies', () => {
    const headers = {
      'User-Agent': 'x',
      'X-Forwarded-For': '1.2.3.4',
      'X-Api-Key': 'secret-value',
      Cookie: 'sid=1; theme="dark"; broken; =x',
    };
    expect(parameters({ headers })).to.deep.equal([
      'header x-api-key: string',
      'cookie sid: int32',
      'cookie theme: string',
    ]);
  });

  it('come from JSON leaves', () => {
    const body = JSON.stringify({
      ...{ id: 1, price: 1.5, ok: true, nothing: null, at: '2026-01-01T00:00:00Z', number: '12' },
      tags: ['a', 'b'],
      user: { emails: [{ address: 'a@example.com' }, { address: 'b@example.com' }] },
      byUser: { '6f1e7a52-0a52-4d6e-9a35-3d1f6d8c1b11': 1, '7f1e7a52-0a52-4d6e-9a35-3d1f6d8c1b11': 2 },
    });
    expect(parameters({ method: 'POST', headers: json, body })).to.deep.equal([
      'body id: int32',
      'body price: float',
      'body ok: boolean',
      'body nothing:',
      'body at: date-time',
      'body number: string',
      'body tags[]: string×2',
      'body user.emails[].address: email×2',
      'body byUser.*: int32×2',
    ]);
  });

  it('come from forms', () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };
    expect(parameters({ method: 'POST', headers, body: 'login=jane%40example.com&n=+1' })).to.deep.equal([
      'body login: email',
      'body n: string',
    ]);
  });

  it('are found under every content coding', () => {
    const plain = Buffer.from('{"a":1}');
    const codings: [string, Buffer][] = [
      ['gzip', gzipSync(plain)],
      ['br', brotliCompressSync(plain)],
      ['deflate', deflateSync(plain)],
      ['Deflate', deflateRawSync(plain)],
      ['zstd', zstdCompressSync(plain)],
      ['deflate, gzip', gzipSync(deflateSync(plain))],
      ['identity', plain],
    ];
    for (const [coding, body] of codings)
      expect(parameters({ headers: { ...json, 'content-encoding': coding }, body }), coding).to.deep.equal([
        'body a: int32',
      ]);
  });

  it('never carry a value', () => {
    const sketch = {
      target: '/users/9123456789?q=needle-1',
      headers: { ...json, 'x-key': 'needle-2', cookie: 'c=needle-3' },
      body: '{"a":"needle-4","b":[99887766]}',
    };
    const text = JSON.stringify(observed(sketch).observation);
    for (const value of ['needle', '9123456789', '99887766']) expect(text).not.to.contain(value);
  });
});

describe('a hostile exchange', () => {
  const bodies: [string, RequestSketch, string][] = [
    ['JSON nested 100,000 deep', { body: '['.repeat(100_000) + ']'.repeat(100_000) }, 'too-deep'],
    ['JSON that is none', { body: '{"a":' }, 'invalid'],
    ['JSON with a million values', { body: `[${'1,'.repeat(499_999)}1]` }, 'too-many-values'],
    ['many values in many arrays', { body: `[${'[1,1],'.repeat(9_000)}1]` }, 'too-many-values'],
    ['a body that is not UTF-8', { body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }, 'not-utf-8'],
    ['a truncated body', { body: '{}', truncated: true }, 'truncated'],
    ['an unknown coding', { body: '{}', headers: { ...json, 'content-encoding': 'lzma' } }, 'unknown-coding'],
    ['broken gzip', { body: 'x', headers: { ...json, 'content-encoding': 'gzip' } }, 'bad-coding'],
    [
      'codings on top of codings',
      { body: 'x', headers: { ...json, 'content-encoding': 'br,br,br' } },
      'unknown-coding',
    ],
    [
      'a zip bomb of 1 GiB',
      {
        body: gzipSync(gzipSync(Buffer.alloc(64 * 1024 * 1024))),
        headers: { ...json, 'content-encoding': 'gzip, gzip' },
      },
      'inflates-too-much',
    ],
    [
      'a body that inflates beyond any text',
      { body: gzipSync(Buffer.alloc(1_000_000)), headers: { ...json, 'content-encoding': 'gzip' } },
      'inflates-too-much',
    ],
    ['an image', { body: 'x', headers: { 'content-type': 'image/png' } }, 'other-type'],
  ];
  for (const [what, sketch, result] of bodies)
    it(`with ${what} costs little and is counted as "${result}"`, () => {
      const begin = performance.now();
      expect(observed({ method: 'POST', headers: json, ...sketch }).body.result).to.equal(result);
      expect(performance.now() - begin).to.be.below(1000);
    });

  it('cannot add more parameters than the limit, and says how many were left out', () => {
    const target = `/?${Array.from({ length: 900 }, (_, i) => `p${i}x=1`).join('&')}`;
    const { observation, droppedParameters } = observed({ target });
    expect(observation.parameters).to.have.length(maxParameters);
    expect(droppedParameters).to.equal(900 - maxParameters);
  });

  it('cannot make names of data: long ones and identifiers become *', () => {
    expect(parameters({ target: `/?${'n'.repeat(500)}=1&507f1f77bcf86cd799439011=1` })).to.deep.equal([
      'query *: int32×2',
    ]);
    const body = `${'{"aaaaaaaaaa":'.repeat(20)}1${'}'.repeat(20)}`;
    expect(observed({ headers: json, body })).to.include({ droppedParameters: 1 });
  });

  it('with prototype names stays data', () => {
    expect(parameters({ headers: json, body: '{"__proto__":{"x":1},"constructor":2}' })).to.deep.equal([
      'body __proto__.x: int32',
      'body constructor: int32',
    ]);
  });

  it('of random content is never thrown on', () => {
    const headers = fc.dictionary(
      fc.constantFrom('content-type', 'content-encoding', 'cookie', 'x-a', ''),
      fc.oneof(fc.string(), fc.constantFrom('application/json', 'gzip', 'application/x-www-form-urlencoded')),
    );
    const sketch = fc.record({
      method: fc.oneof(fc.string(), fc.constant('POST')),
      target: fc.oneof(
        fc.string(),
        fc.string().map(text => `/${text}`),
      ),
      authority: fc.oneof(fc.string(), fc.constant('a.test')),
      headers,
      body: fc.oneof(fc.json(), fc.string()),
      status: fc.constantFrom(200, 204, 0, 500),
    });
    fc.assert(fc.property(sketch, item => void observe(exchange(item), settings)));
  });
});

describe('the delta builder', () => {
  it('merges what agrees in host, method and path shape', () => {
    const builder = new DeltaBuilder();
    builder.beginBatch(4);
    for (const id of [1, 2, 3]) builder.add(observed({ target: `/users/${id}?x=1` }).observation);
    builder.beginBatch(5);
    const delta = builder.take('a', 'e');
    expect(delta).to.include({ first: 4, last: 5 });
    expect(delta.observations.map(({ requests }) => requests)).to.deep.equal([3]);
    expect(builder.empty).to.equal(true);
  });

  it('never encodes more than its limit and one observation, whatever the names', () => {
    const builder = new DeltaBuilder({ flushBytes: 1000, maxBytes: 10_000 });
    builder.beginBatch(1);
    let kept = 0;
    for (let i = 0; i < 1000; i++)
      if (builder.add(observed({ target: `/p-${i}-x?q${i}z=1` }).observation)) kept += 1;
    expect(builder.full).to.equal(true);
    expect(kept).to.be.within(20, 999);
    expect(Delta.encode(builder.take('a', 'e')).finish().length).to.be.below(11_000);
  });

  it('takes no more observations than aggregation accepts, and asks to be sent at half of them', () => {
    const builder = new DeltaBuilder({ flushBytes: 1_000_000, maxBytes: 1_000_000, maxObservations: 10 });
    builder.beginBatch(1);
    const add = (i: number) => builder.add(observed({ target: `/p-${i}-x` }).observation);
    for (let i = 0; i < 4; i++) add(i);
    expect(builder.full).to.equal(false);
    for (let i = 4; i < 10; i++) expect(add(i)).to.equal(true);
    expect(builder.full).to.equal(true);
    expect([add(10), add(0)]).to.deep.equal([false, true]);
    expect(builder.take('a', 'e').observations).to.have.length(10);
  });

  it('insists on contiguous batches', () => {
    const builder = new DeltaBuilder();
    builder.beginBatch(1);
    expect(() => builder.beginBatch(3)).to.throw(RangeError, 'Batch 3 does not follow batch 1');
  });
});
