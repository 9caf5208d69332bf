import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { observe } from '../../../../runtime/processing/observe.ts';
import { exchange, type RequestSketch } from '../mirror-client.ts';
import { observed, operation, parameters, settings } from './observed.ts';

const json = { 'content-type': 'application/json' };
const graphql = (request: object): RequestSketch => ({ headers: json, body: JSON.stringify(request) });

describe('GraphQL', () => {
  it('is known by its document, and named by the operation', () => {
    expect(operation(graphql({ query: 'query GetUser($id: ID!) { user(id: $id) { name } }' }))).to.equal(
      'GRAPHQL query GetUser',
    );
    expect(operation(graphql({ query: '{ user { name } posts { id } }' }))).to.equal(
      'GRAPHQL query user,posts',
    );
    expect(operation(graphql({ query: '# comment\n mutation { pay(amount: 3) { id } }' }))).to.equal(
      'GRAPHQL mutation pay',
    );
    const two = 'query A { a } query B { b }';
    expect(operation(graphql({ query: two, operationName: 'B' }))).to.equal('GRAPHQL query B');
    expect(operation({ headers: json, body: JSON.stringify([{ query: two }]) })).to.equal('GRAPHQL query A');
    expect(operation({ headers: { 'content-type': 'application/graphql' }, body: '{ a }' })).to.equal(
      'GRAPHQL query a',
    );
    expect(operation({ method: 'GET', target: '/g?query=%7Bme%7Bid%7D%7D' })).to.equal('GRAPHQL query me');
    const persisted = { operationName: 'P', extensions: { persistedQuery: { sha256Hash: 'x' } } };
    expect(operation(graphql(persisted))).to.equal('GRAPHQL query P');
  });

  it('has its variables and inline arguments as parameters', () => {
    const query = `query Q($in: In) { user(id: 7) { orders(first: 10, by: {at: "2026-02-28", tags: ["a"]}) { id } ...f } }
      fragment f on User { avatar(size: SMALL, round: true, x: $in) }`;
    expect(parameters(graphql({ query, variables: { in: { email: 'a@b.example', n: 1.5 } } }))).to.deep.equal(
      [
        'body user.id: int32',
        'body user.orders.first: int32',
        'body user.orders.by.at: date',
        'body user.orders.by.tags[]: string',
        'body User.avatar.size: string',
        'body User.avatar.round: boolean',
        'body variables.in.email: email',
        'body variables.in.n: float',
      ],
    );
  });

  it('is not seen in a search for braces', () => {
    expect(operation(graphql({ query: 'shoes' }))).to.equal('REST');
    expect(operation(graphql({ query: '{ not graphql' }))).to.equal('REST');
    expect(parameters(graphql({ query: '{ not graphql', page: 1 }))).to.deep.equal([
      'body query: string',
      'body page: int32',
    ]);
  });
});

describe('SOAP', () => {
  const envelope = (namespace: string, body: string) =>
    `<?xml version="1.0"?><s:Envelope xmlns:s="${namespace}"><s:Header><t:Token xmlns:t="u">x</t:Token></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
  const headers = { 'content-type': 'text/xml; charset=utf-8' };
  const call =
    '<m:GetPrice xmlns:m="urn:shop"><m:Item id="4">apple</m:Item><m:Rate>1.5</m:Rate></m:GetPrice>';

  it('is known by its envelope, and named by the element in the body', () => {
    for (const namespace of [
      'http://schemas.xmlsoap.org/soap/envelope/',
      'http://www.w3.org/2003/05/soap-envelope',
    ]) {
      const sketch = { headers, body: envelope(namespace, call) };
      expect(operation(sketch)).to.equal('SOAP GetPrice');
      expect(parameters(sketch)).to.deep.equal([
        'body Token: string',
        'body GetPrice.Item@id: int32',
        'body GetPrice.Item: string',
        'body GetPrice.Rate: float',
      ]);
    }
  });

  it('needs the namespace', () => {
    expect(operation({ headers, body: envelope('urn:other', call) })).to.equal('REST');
    expect(operation({ headers, body: call })).to.equal('REST');
  });
});

describe('XML', () => {
  const result = (body: string) =>
    observed({ headers: { 'content-type': 'application/xml' }, body }).body.result;

  it('is taken without DTD and entities', () => {
    expect(
      parameters({ headers: { 'content-type': 'application/xml' }, body: '<a x="1"><b>&lt;</b><b/></a>' }),
    ).to.deep.equal(['body a@x: int32', 'body a.b: string']);
    const bomb = `<!DOCTYPE a [<!ENTITY b "bbbbbbbb">${Array.from({ length: 10 }, (_, i) => `<!ENTITY b${i} "&b;&b;&b;">`).join('')}]><a>&b9;</a>`;
    expect(result(bomb)).to.equal('doctype');
    expect(result('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')).to.equal('doctype');
    expect(result('<a>&unknown;</a>')).to.equal('invalid');
  });

  it('is bounded in depth and number', () => {
    expect(result('<a>'.repeat(50_000))).to.equal('too-deep');
    expect(result(`<r>${'<a/>'.repeat(20_000)}</r>`)).to.equal('too-many-values');
    expect(result('<a><b></a>')).to.equal('invalid');
  });
});

describe('gRPC', () => {
  /** Field 1 "ann", field 2 = 7, field 3 {1: 1.5 (double)}, field 4 octets. */
  const inner = Buffer.concat([Buffer.from([0x09]), doubleOf(1.5)]);
  const message = Buffer.concat([
    Buffer.from([0x0a, 3]),
    Buffer.from('ann'),
    Buffer.from([0x10, 7, 0x1a, inner.length]),
    inner,
    Buffer.from([0x22, 2, 0xff, 0x00]),
  ]);
  const frame = (content: Buffer, flag = 0) => {
    const head = Buffer.from([flag, 0, 0, 0, 0]);
    head.writeUInt32BE(content.length, 1);
    return Buffer.concat([head, content]);
  };
  const target = '/shop.v1.Cart/AddItem';
  const headers = { 'content-type': 'application/grpc+proto', te: 'trailers' };
  const expected = ['body 1: string', 'body 2: int32', 'body 4: binary', 'body 3.1: double'];

  it('is named by service and method, its fields by number', () => {
    expect(operation({ target, headers, body: frame(message) })).to.equal('GRPC shop.v1.Cart/AddItem');
    expect(parameters({ target, headers, body: frame(message) })).to.deep.equal(expected);
    const compressed = { ...headers, 'grpc-encoding': 'gzip' };
    expect(parameters({ target, headers: compressed, body: frame(gzipSync(message), 1) })).to.deep.equal(
      expected,
    );
  });

  it('may come as gRPC-Web text', () => {
    const web = { 'content-type': 'application/grpc-web-text' };
    const body = frame(message).toString('base64');
    expect(operation({ target, headers: web, body })).to.equal('GRPC shop.v1.Cart/AddItem');
    expect(parameters({ target, headers: web, body })).to.deep.equal(expected);
  });

  it('with a broken body is still gRPC', () => {
    for (const body of [Buffer.from([0, 0, 0]), frame(Buffer.from([0x0a, 50])), frame(message, 7)]) {
      expect(observed({ target, headers, body }).body.result).to.equal('invalid');
      expect(operation({ target, headers, body })).to.equal('GRPC shop.v1.Cart/AddItem');
    }
  });
});

function doubleOf(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

describe('MCP', () => {
  const call = (method: string, params: object = {}): RequestSketch => ({
    headers: json,
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });

  it('is JSON-RPC with methods of the protocol, named with what they call', () => {
    expect(operation(call('tools/call', { name: 'search', arguments: { q: 'x' } }))).to.equal(
      'MCP tools/call search',
    );
    expect(operation(call('resources/read', { uri: 'file:///a/b' }))).to.equal('MCP resources/read file:');
    expect(operation(call('tools/list'))).to.equal('MCP tools/list');
    expect(parameters(call('tools/call', { name: 'search', arguments: { limit: 3 } }))).to.deep.equal([
      'body params.name: string',
      'body params.arguments.limit: int32',
    ]);
  });

  it('leaves out what every session sends', () => {
    for (const method of ['ping', 'notifications/initialized', 'logging/setLevel', 'completion/complete'])
      expect(observe(exchange({ method: 'POST', target: '/mcp', ...call(method) }), settings)).to.equal(
        'mcp-housekeeping',
      );
  });

  it('is not any JSON-RPC', () => {
    expect(operation(call('eth_getBalance'))).to.equal('REST');
  });
});

describe('multipart forms', () => {
  const headers = { 'content-type': 'multipart/form-data; boundary="x y"' };
  const part = (head: string, content: string) =>
    `--x y\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;

  it('have fields and files', () => {
    const body = `${part('name="age"', '41')}${part('name="doc"; filename="cv.pdf"\r\nContent-Type: application/pdf', '%PDF')}${part('name="meta"\r\nContent-Type: application/json', '{"tags":["a"]}')}--x y--\r\n`;
    expect(parameters({ headers, body })).to.deep.equal([
      'body age: int32',
      'body doc: binary',
      'body meta.tags[]: string',
    ]);
  });

  it('are bounded, and counted when they are none', () => {
    const result = (body: string, type = headers['content-type']) =>
      observed({ headers: { 'content-type': type }, body }).body.result;
    expect(result(part('name="a"', '1').repeat(1000))).to.equal('too-many-values');
    expect(result('no delimiter')).to.equal('invalid');
    expect(result('x', 'multipart/form-data')).to.equal('invalid');
    expect(result(`--x y\r\n${'h'.repeat(100_000)}`)).to.equal('invalid');
  });
});

describe('a body that lies about its type', () => {
  it('is read as what it is, and counted', () => {
    const cases: [string, string, string, boolean][] = [
      ['application/x-www-form-urlencoded', '{"a":1}', 'json', true],
      ['application/octet-stream', '[{"a":1}]', 'json', true],
      ['application/json', '<a>1</a>', 'xml', true],
      ['', '{"a":1}', 'json', false],
      ['text/plain', '{"a":1}', 'json', false],
      ['text/plain', 'hello', 'other-type', false],
      ['application/json', 'a=1&b=2', 'invalid', false],
      ['application/json', '\ufeff {"a":1}', 'json', false],
    ];
    for (const [type, body, result, mislabelled] of cases)
      expect(
        observed({ headers: type === '' ? {} : { 'content-type': type }, body }).body,
        `${type} ${body}`,
      ).to.include({ result, mislabelled });
  });
});
