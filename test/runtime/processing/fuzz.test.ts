// Every reader on 10⁵ hostile inputs: nothing thrown, nothing beyond the limits. Inputs are valid ones with bytes
// changed, cut and repeated, which reach deeper than random bytes.
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import {
  maxNameCharacters,
  maxOperationCharacters,
  maxParameters,
} from '../../../runtime/processing/limits.ts';
import { observe } from '../../../runtime/processing/observe.ts';
import { exchange } from './mirror-client.ts';
import { settings } from './points/observed.ts';

/** Marsaglia's xorshift32: the same inputs in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const seeds: [type: string, body: Buffer, headers?: Record<string, string>][] = [
  ['application/json', Buffer.from('{"a":[1,2.5,{"__proto__":null,"é\\u0000":"x@y.example"}],"b":true}')],
  [
    'application/json',
    Buffer.from('{"query":"query Q($a:Int){u(id:$a,n:[1,\\"x\\"]){...f}}","variables":{"a":1}}'),
  ],
  [
    'application/json',
    Buffer.from('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"n","arguments":{"a":1}}}'),
  ],
  ['application/x-www-form-urlencoded', Buffer.from('a=1&b[0][c]=%ff%C3%A9&&=x&d')],
  [
    'text/xml',
    Buffer.from(
      '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m x="1">&lt;<![CDATA[a]]></m></s:Body></s:Envelope>',
    ),
  ],
  ['text/xml', Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')],
  [
    'multipart/form-data; boundary=b',
    Buffer.from(
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\0\r\n--b--\r\n',
    ),
  ],
  ['application/grpc', Buffer.from([0, 0, 0, 0, 9, 0x0a, 2, 0x61, 0x62, 0x12, 3, 0x08, 1, 0x10])],
  [
    'application/x-protobuf',
    Buffer.from([0x0a, 4, 0x0a, 2, 0x08, 1, 0x15, 0, 0, 0x80, 0x3f, 0x19, 1, 2, 3, 4, 5, 6, 7, 8]),
  ],
  ['application/json', gzipSync(Buffer.from('{"a":1}')), { 'content-encoding': 'gzip' }],
];

function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  let result = Buffer.from(bytes);
  for (let changes = random(4); changes >= 0; changes--) {
    const at = random(result.length + 1);
    switch (random(5)) {
      case 0:
        if (at < result.length) result[at] = random(256);
        break;
      case 1:
        result = result.subarray(0, at);
        break;
      case 2: {
        const part = result.subarray(at, at + 1 + random(12));
        const times = 1 + random(random(50) === 0 ? 400 : 8);
        result = Buffer.concat([
          result.subarray(0, at),
          ...Array<Buffer>(times).fill(part),
          result.subarray(at),
        ]);
        break;
      }
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + random(8))]);
        break;
      default:
        result = Buffer.concat([result.subarray(0, at), Buffer.from([random(256)]), result.subarray(at)]);
    }
  }
  return result;
}

describe('hostile bodies, paths and headers', () => {
  it('are bounded and never thrown on, in 10⁵ of them', function () {
    this.timeout(600_000);
    const random = randomOf(0x2545f491);
    const most = { parameters: 0, operation: 0, name: 0 };
    for (let run = 0; run < 100_000; run++) {
      const [type, body, headers = {}] = seeds[run % seeds.length] as (typeof seeds)[number];
      const text = mutate(Buffer.from('/a/b%20c/..;x=1?q=1&r[]=%C3%A9'), random).toString('latin1');
      const item = exchange({
        method: 'POST',
        target: `/${text}`,
        headers: { ...headers, 'content-type': type, cookie: text, authorization: text, 'x-y': text },
        body: mutate(body, random),
      });
      let result: ReturnType<typeof observe>;
      try {
        result = observe(item, settings);
      } catch (error) {
        throw new Error(`run ${run}: ${item.request?.body.toString('base64')}`, { cause: error });
      }
      if (typeof result === 'string') continue;
      const { observation } = result;
      most.parameters = Math.max(most.parameters, observation.parameters.length);
      most.operation = Math.max(most.operation, observation.operation.length);
      for (const { name } of observation.parameters) most.name = Math.max(most.name, name.length);
    }
    expect(most.parameters).to.be.at.most(maxParameters);
    expect(most.operation).to.be.at.most(maxOperationCharacters);
    expect(most.name).to.be.at.most(maxNameCharacters);
  });

  it('of a megabyte cost little', () => {
    const large = 'x'.repeat(1_000_000);
    const begin = performance.now();
    for (const sketch of [
      { headers: { 'x-large': large, cookie: `a=${large}` } },
      { headers: { 'content-type': 'application/json' }, body: `{"${large}":1}` },
      { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: `{${large}}` }) },
      { headers: { 'content-type': 'text/xml' }, body: `<a>${large}</a>` },
      { headers: { 'content-type': 'text/xml' }, body: `<${large}/>` },
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: '&'.repeat(1_000_000) },
      { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x'.repeat(300_000) },
      { headers: { 'content-type': 'application/grpc' }, body: Buffer.alloc(1_000_000, 0x0a) },
      { headers: { 'content-type': 'application/x-protobuf' }, body: Buffer.alloc(1_000_000, 0x08) },
    ]) {
      const result = observe(exchange({ method: 'POST', target: '/a', ...sketch }), settings);
      expect(result).to.be.an('object');
    }
    expect(performance.now() - begin).to.be.below(5000);
  });
});
