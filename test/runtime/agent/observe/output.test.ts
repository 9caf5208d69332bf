import { expect } from 'chai';
import { exchangeJson } from '../../../../runtime/agent/observe/exchange-json.ts';
import { exchangeLine, terminalSafe } from '../../../../runtime/agent/observe/exchange-line.ts';
import { type Exchange, Protocol } from '../../../../runtime/protocol/generated/mirror.ts';

const exchange: Exchange = {
  connection: 1,
  timeUs: 1_700_000_000_123_456,
  durationUs: 1500,
  client: { ip: '2001:db8::1', port: 40_000 },
  server: { ip: '10.0.0.1', port: 443 },
  tls: true,
  protocol: Protocol.HTTP_1_1,
  request: {
    method: 'POST',
    target: '/a\x1b[2J\u202e',
    headers: [{ name: 'X-Name', value: Buffer.from('é') }],
    body: Buffer.from('{"a":1}'),
    truncated: false,
    authority: 'api\r.example',
  },
  response: { status: 404, headers: [{ name: 'X-Raw', value: Buffer.from([0xff]) }] },
  lostBytes: 3,
  process: { pid: 42, comm: 'ng\x07inx' },
};

describe('the output of observe', () => {
  it('is one JSON object per exchange', () => {
    const line = exchangeJson(exchange);
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
      response: { status: 404, headers: [['X-Raw', 'ÿ']] },
      durationMs: 1.5,
      lostBytes: 3,
    });
  });

  it('is one line for people, in which nothing from traffic can steer the terminal', () => {
    expect(exchangeLine(exchange, false)).to.equal(
      '22:13:20.123 [2001:db8::1]:40000 → ng\\x07inx[42] 10.0.0.1:443 TLS POST ' +
        'api\\x0d.example/a\\x1b[2J\\u{202e} 404 1.5 ms 7 B 3 B lost',
    );
  });

  it('says that a response is missing', () => {
    const { response: _, ...rest } = exchange;
    expect(JSON.parse(exchangeJson(rest)).response).to.equal(null);
    expect(exchangeLine(rest, false)).to.include('no response');
  });

  it('escapes every control character', () => {
    const all = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join('');
    expect(terminalSafe(all)).to.match(/^[\x20-\x7e]*$/);
  });
});
