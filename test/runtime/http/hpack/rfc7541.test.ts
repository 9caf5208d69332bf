import { expect } from 'chai';
import { HpackDecoder } from '../../../../runtime/http/hpack/decoder.ts';
import { decodeHuffman } from '../../../../runtime/http/hpack/huffman.ts';

interface Example {
  readonly section: string;
  /** Table capacity before the first block; the RFC's response examples use 256. */
  readonly capacity?: number;
  readonly blocks: readonly { readonly hex: string; readonly fields: string; readonly tableBytes: number }[];
}

const request1 = ':method: GET|:scheme: http|:path: /|:authority: www.example.com';
const request2 = `${request1}|cache-control: no-cache`;
const request3 =
  ':method: GET|:scheme: https|:path: /index.html|:authority: www.example.com|custom-key: custom-value';
const date = 'Mon, 21 Oct 2013 20:13:21 GMT';
const response1 = `:status: 302|cache-control: private|date: ${date}|location: https://www.example.com`;
const response2 = response1.replace('302', '307');
const response3 =
  ':status: 200|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT|location: https://www.example.com' +
  '|content-encoding: gzip|set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';

/** RFC 7541 Appendix C. */
const examples: readonly Example[] = [
  {
    section: 'C.2.1 literal with indexing',
    blocks: [
      {
        hex: '400a637573746f6d2d6b65790d637573746f6d2d686561646572',
        fields: 'custom-key: custom-header',
        tableBytes: 55,
      },
    ],
  },
  {
    section: 'C.2.2 literal without indexing',
    blocks: [{ hex: '040c2f73616d706c652f70617468', fields: ':path: /sample/path', tableBytes: 0 }],
  },
  {
    section: 'C.2.3 literal never indexed',
    blocks: [{ hex: '100870617373776f726406736563726574', fields: 'password: secret', tableBytes: 0 }],
  },
  { section: 'C.2.4 indexed', blocks: [{ hex: '82', fields: ':method: GET', tableBytes: 0 }] },
  {
    section: 'C.3 requests without Huffman coding',
    blocks: [
      { hex: '828684410f7777772e6578616d706c652e636f6d', fields: request1, tableBytes: 57 },
      { hex: '828684be58086e6f2d6361636865', fields: request2, tableBytes: 110 },
      {
        hex: '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
        fields: request3,
        tableBytes: 164,
      },
    ],
  },
  {
    section: 'C.4 requests with Huffman coding',
    blocks: [
      { hex: '828684418cf1e3c2e5f23a6ba0ab90f4ff', fields: request1, tableBytes: 57 },
      { hex: '828684be5886a8eb10649cbf', fields: request2, tableBytes: 110 },
      { hex: '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf', fields: request3, tableBytes: 164 },
    ],
  },
  {
    section: 'C.5 responses without Huffman coding, with eviction',
    capacity: 256,
    blocks: [
      {
        hex:
          '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54' +
          '6e1768747470733a2f2f7777772e6578616d706c652e636f6d',
        fields: response1,
        tableBytes: 222,
      },
      { hex: '4803333037c1c0bf', fields: response2, tableBytes: 222 },
      {
        hex:
          '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d' +
          '4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b207665727369' +
          '6f6e3d31',
        fields: response3,
        tableBytes: 215,
      },
    ],
  },
  {
    section: 'C.6 responses with Huffman coding, with eviction',
    capacity: 256,
    blocks: [
      {
        hex:
          '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9' +
          'ae82ae43d3',
        fields: response1,
        tableBytes: 222,
      },
      { hex: '4883640effc1c0bf', fields: response2, tableBytes: 222 },
      {
        hex:
          '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b39' +
          '60d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
        fields: response3,
        tableBytes: 215,
      },
    ],
  },
];

function sizeUpdate(bytes: number): Buffer {
  // 256 = 31 + 225: RFC 7541 §5.1.
  return Buffer.from([0x3f, 0x80 | ((bytes - 31) & 0x7f), (bytes - 31) >> 7]);
}

describe('HPACK decoder on the examples of RFC 7541', () => {
  for (const { section, capacity, blocks } of examples) {
    it(section, () => {
      const decoder = new HpackDecoder();
      if (capacity !== undefined) decoder.decode(sizeUpdate(capacity));
      for (const { hex, fields, tableBytes } of blocks) {
        const decoded = decoder.decode(Buffer.from(hex, 'hex'));
        expect(decoded.error).to.equal(undefined);
        expect(decoded.fields.map(({ name, value }) => `${name}: ${value}`).join('|')).to.equal(fields);
        expect(decoder.tableBytes).to.equal(tableBytes);
      }
    });
  }

  it('marks only the never-indexed literal of C.2.3 as sensitive', () => {
    const never = examples.flatMap(({ blocks }) =>
      blocks.flatMap(({ hex }) =>
        new HpackDecoder().decode(Buffer.from(hex, 'hex')).fields.filter(f => f.neverIndexed),
      ),
    );
    expect(never.map(({ name }) => name)).to.deep.equal(['password']);
  });
});

describe('Huffman decoder', () => {
  const target = Buffer.alloc(16);
  const decode = (...octets: number[]): number =>
    decodeHuffman(Uint8Array.from(octets), 0, octets.length, target);

  it('refuses padding longer than seven bits, padding with zeros, and EOS (RFC 7541 §5.2)', () => {
    expect(decode(0x1f)).to.equal(1); // "a" (00011), then 111
    expect(decode(0x1f, 0xff)).to.equal(-1); // eleven ones
    expect(decode(0x18)).to.equal(-1); // "a", then 000
    expect(decode(0xff, 0xff, 0xff, 0xff)).to.equal(-1); // EOS
    expect(decode()).to.equal(0);
  });

  it('counts what does not fit and writes nothing beyond the target', () => {
    const source = Uint8Array.from({ length: 50 }, () => 0x00); // 0 is 00000: eighty of them
    const guarded = Buffer.alloc(20, 0x55);
    expect(decodeHuffman(source, 0, 50, guarded.subarray(0, 10))).to.equal(80);
    expect(guarded.toString('latin1')).to.equal('0'.repeat(10) + 'U'.repeat(10));
  });
});
