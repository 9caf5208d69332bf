import { expect } from 'chai';
import fc from 'fast-check';
import { type AssembledExchange, toExchange } from '../../../../runtime/agent/exchange/assembled-exchange.ts';
import { exchangeJson } from '../../../../runtime/agent/observe/exchange-json.ts';
import { exchangeLine, terminalSafe } from '../../../../runtime/agent/observe/exchange-line.ts';
import { type HeaderField, RawFields } from '../../../../runtime/http/header-fields.ts';
import { Protocol } from '../../../../runtime/protocol/generated/mirror.ts';

const head = Buffer.from([...Buffer.from('X-Raw:'), 0xff, ...Buffer.from(' X-Q:"\\')]);

const assembled: AssembledExchange = {
  facts: {
    connection: 1,
    client: { ip: '2001:db8::1', port: 40_000 },
    server: { ip: '10.0.0.1', port: 443 },
    tls: true,
    workload: undefined,
  },
  process: { pid: 42, comm: 'ng\x07inx' },
  head: {
    protocol: Protocol.HTTP_1_1,
    method: 'POST',
    target: '/a\x1b[2J\u202e',
    authority: 'api\r.example',
    fields: [{ name: 'X-Name', value: Buffer.from('é') }],
    firstByteTime: 1_700_000_000_123_456,
  },
  response: {
    status: 404,
    fields: new RawFields(head, [0, 5, 6, 7, 8, 11, 12, 14], true),
    lastByteTime: 1_700_000_000_124_956,
  },
  body: Buffer.from('{"a":1}'),
  truncated: false,
  durationUs: 1500,
  lostBytes: 3,
};
const exchange = toExchange(assembled);

describe('the output of observe', () => {
  it('is one JSON object per exchange', () => {
    const line = exchangeJson(assembled);
    expect(line).not.to.include('\n');
    expect(JSON.parse(line)).to.deep.equal({
      time: '2023-11-14T22:13:20.123Z',
      client: '[2001:db8::1]:40000',
      server: '10.0.0.1:443',
      process: { pid: 42, comm: 'ng\x07inx' },
      tls: true,
      protocol: 'HTTP/1.1',
      request: {
        method: 'POST',
        target: '/a\x1b[2J\u202e',
        headers: [['X-Name', 'é']],
        body: Buffer.from('{"a":1}').toString('base64'),
        truncated: false,
      },
      response: {
        status: 404,
        headers: [
          ['X-Raw', 'ÿ'],
          ['X-Q', '"\\'],
        ],
      },
      durationMs: 1.5,
      lostBytes: 3,
    });
  });

  it('has the authority of HTTP/2, which has no Host field', () => {
    const line = exchangeJson({ ...assembled, head: { ...assembled.head, protocol: Protocol.HTTP_2 } });
    expect(JSON.parse(line).request).to.include({ target: '/a\x1b[2J\u202e', authority: 'api\r.example' });
  });

  it('is the JSON that any writer of JSON would write, whatever fields and times hold', () => {
    const octets = fc.oneof(fc.string(), fc.string({ unit: 'binary' })).map(text => Buffer.from(text));
    const field = fc.record({ name: fc.string(), value: fc.oneof(octets, fc.uint8Array().map(Buffer.from)) });
    fc.assert(
      fc.property(fc.array(field), fc.string({ unit: 'binary' }), fc.nat(4e15), (fields, target, time) => {
        const { request, ...rest } = JSON.parse(
          exchangeJson({
            ...assembled,
            head: { ...assembled.head, target, fields: fields as HeaderField[], firstByteTime: time },
          }),
        );
        expect(request.target).to.equal(target);
        expect(request.headers.map(([name]: [string]) => name)).to.deep.equal(fields.map(({ name }) => name));
        for (const [index, { value }] of fields.entries()) {
          const utf8 = value.toString('utf8');
          const text = Buffer.from(utf8).equals(value) ? utf8 : value.toString('latin1');
          expect(request.headers[index][1]).to.equal(text);
        }
        expect(rest.time).to.equal(new Date(Math.floor(time / 1000)).toISOString());
      }),
    );
  });

  it('is one line for people, in which nothing from traffic can steer the terminal', () => {
    expect(exchangeLine(exchange, false)).to.equal(
      '22:13:20.123 [2001:db8::1]:40000 → ng\\x07inx[42] 10.0.0.1:443 TLS POST ' +
        'api\\x0d.example/a\\x1b[2J\\u{202e} 404 1.5 ms 7 B 3 B lost',
    );
  });

  it('shows the host once, also where the target has it', () => {
    const shown = (method: string, authority: string, target: string) => {
      const head = { ...assembled.head, method, authority, target };
      return exchangeLine(toExchange({ ...assembled, head }), false)
        .split(' TLS ')[1]
        ?.split(' 404 ')[0];
    };
    expect(shown('CONNECT', 'x.example:80', 'x.example:80')).to.equal('CONNECT x.example:80');
    expect(shown('GET', 'x.example', 'http://X.example/a')).to.equal('GET http://X.example/a');
    expect(shown('GET', 'x.example', 'http://other.example/a')).to.equal(
      'GET x.example http://other.example/a',
    );
    expect(shown('OPTIONS', 'x.example', '*')).to.equal('OPTIONS x.example *');
    expect(shown('CONNECT', 'x.example:80', '')).to.equal('CONNECT x.example:80');
    expect(shown('GET', '', '/a')).to.equal('GET /a');
    expect(shown('M'.repeat(301), '', '/a')).to.equal(`${'M'.repeat(300)}… /a`);
  });

  it('says that a body was cut, also when none of it is shown', () => {
    const cut = (body: string) =>
      exchangeLine(
        toExchange({ ...assembled, body: Buffer.from(body), truncated: true, lostBytes: 0 }),
        false,
      );
    expect(cut('{"a":1}')).to.match(/ 7\+ B$/);
    expect(cut('')).to.match(/ 0\+ B$/);
  });

  it('says that a response is missing', () => {
    const rest = { ...assembled, response: undefined };
    expect(JSON.parse(exchangeJson(rest)).response).to.equal(null);
    expect(exchangeLine(toExchange(rest), false)).to.include('no response');
  });

  it('escapes every control character', () => {
    const all = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join('');
    expect(terminalSafe(all)).to.match(/^[\x20-\x7e]*$/);
  });
});
