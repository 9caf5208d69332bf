import { expect } from 'chai';
import { parseProxyHeader } from '../../../runtime/http/proxy-protocol.ts';
import { damaged, fuzz } from '../fuzz.ts';

const signature = '0d0a0d0a000d0a515549540a';
const v2 = (hex: string): Buffer => Buffer.from((signature + hex).replaceAll(' ', ''), 'hex');

describe('the PROXY protocol parser', () => {
  /** `told`: how many bytes say all that is asked for; all when left out. */
  const valid: { name: string; bytes: Buffer; told?: number; source?: string; destination?: string }[] = [
    {
      name: 'version 1 over IPv4',
      bytes: Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.9 56324 443\r\n'),
      source: '192.0.2.1:56324',
      destination: '198.51.100.9:443',
    },
    {
      name: 'version 1 over IPv6, in RFC 5952 form',
      bytes: Buffer.from('PROXY TCP6 2001:DB8:0:0:1:0:0:1 ::1 1 2\r\n'),
      source: '2001:db8::1:0:0:1:1',
      destination: '::1:2',
    },
    {
      name: 'version 1 over IPv6 with the addresses of an IPv4 client, in dotted form',
      bytes: Buffer.from('PROXY TCP6 ::ffff:192.0.2.7 0:0:0:0:0:FFFF:10.0.0.1 1 2\r\n'),
      source: '192.0.2.7:1',
      destination: '10.0.0.1:2',
    },
    { name: 'version 1 UNKNOWN', bytes: Buffer.from('PROXY UNKNOWN ff:ff anything\r\n') },
    {
      name: 'version 2 over IPv4 with a TLV',
      bytes: v2('21 11 0010 c0000201 c6336409 dc04 01bb 04 0001 00'),
      told: 28,
      source: '192.0.2.1:56324',
      destination: '198.51.100.9:443',
    },
    {
      name: 'version 2 over IPv6',
      bytes: v2(`21 21 0024 20010db8000000000000000000000001 ${'00'.repeat(10)}ffffc0000201 0001 0002`),
      source: '2001:db8::1:1',
      destination: '192.0.2.1:2',
    },
    { name: 'version 2 LOCAL', bytes: v2('20 00 0000') },
    { name: 'version 2 over a UNIX socket', bytes: v2(`21 31 00d8 ${'00'.repeat(216)}`), told: 16 },
    {
      name: 'version 2 with as many fields as there can be',
      bytes: v2(`21 11 ffff c0000201 c6336409 dc04 01bb ${'61'.repeat(65_523)}`),
      told: 28,
      source: '192.0.2.1:56324',
      destination: '198.51.100.9:443',
    },
  ];
  for (const { name, bytes, told = bytes.length, source, destination } of valid) {
    it(`reads ${name}`, () => {
      const result = parseProxyHeader(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n')]));
      expect(result.kind).to.equal('header');
      if (result.kind !== 'header') return;
      expect(result.bytes).to.equal(bytes.length);
      const text = (end?: { ip: string; port: number }): string | undefined => end && `${end.ip}:${end.port}`;
      expect(text(result.addresses?.source)).to.equal(source);
      expect(text(result.addresses?.destination)).to.equal(destination);
    });
    it(`wants as many bytes as tell the address, and gives the same whatever else is there, of ${name}`, () => {
      const whole = parseProxyHeader(bytes);
      for (let length = 0; length < Math.min(bytes.length, 200); length++) {
        const result = parseProxyHeader(bytes.subarray(0, length));
        expect(result).to.deep.equal(length < told ? { kind: 'incomplete' } : whole);
      }
    });
  }

  it('takes PROXY for a method where no family follows, as soon as that is known', () => {
    for (const text of [
      'PROXY /a HTTP/1.1\r\n\r\n',
      'PROXY /',
      'PROXY T/a HTTP/1.1\r\n',
      'PROXY TCP5 1.2.3.4',
    ])
      expect(parseProxyHeader(Buffer.from(text)).kind).to.equal('absent');
    for (const text of ['PROXY ', 'PROXY T', 'PROXY UNKN', 'PROXY TCP6'])
      expect(parseProxyHeader(Buffer.from(text)).kind).to.equal('incomplete');
  });

  const invalid = {
    'an address of the wrong family': 'PROXY TCP4 ::1 ::1 1 2\r\n',
    'an octet above 255': 'PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n',
    'a port above 65535': 'PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n',
    'a header without end': `PROXY TCP4 ${'1'.repeat(120)}`,
    'a missing carriage return': 'PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n',
    'an octet above 255 in dotted form': 'PROXY TCP6 ::ffff:1.2.3.256 ::1 1 2\r\n',
    'an IPv4 address as IPv6': 'PROXY TCP6 1.2.3.4 ::1 1 2\r\n',
    'two runs of zeros': 'PROXY TCP6 1::2::3 ::1 1 2\r\n',
  };
  for (const [name, text] of Object.entries(invalid)) {
    it(`refuses ${name}`, () => expect(parseProxyHeader(Buffer.from(text)).kind).to.equal('invalid'));
  }

  it('refuses version 2 headers that are too short for their addresses, or of another version', () => {
    expect(parseProxyHeader(v2('21 11 0004 c0000201')).kind).to.equal('invalid');
    expect(parseProxyHeader(v2('31 11 0000')).kind).to.equal('invalid');
  });

  it('sees that a request is no PROXY header from its first byte that differs', () => {
    expect(parseProxyHeader(Buffer.from('PROPFIND')).kind).to.equal('absent');
    expect(parseProxyHeader(Buffer.from('\r\n\r\nGET')).kind).to.equal('absent');
  });

  it('never throws on anything', function () {
    this.timeout(600_000);
    const headers = [
      Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 51000 443\r\nGET'),
      Buffer.from('PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 1 65535\r\n'),
      Buffer.from('PROXY UNKNOWN anything\r\n'),
      v2('21 11 0010 c0000201c6336402 c73801bb 030004 00000000'),
      v2('21 21 0024 20010db8000000000000000000000001 20010db8000000000000000000000002 0001 0002'),
      v2('20 00 0000'),
    ];
    fuzz('PROXY', (below, note) => {
      const damage = damaged(headers[below(headers.length)] as Buffer, below, 3);
      const bytes = damage.subarray(0, below(4) === 0 ? below(damage.length + 1) : damage.length);
      note(bytes.toString('hex'));
      const result = parseProxyHeader(bytes);
      const most = bytes[0] === 0x50 ? bytes.length : 16 + 65_535;
      if (result.kind === 'header' && result.bytes > most) throw new Error(`${result.bytes} bytes`);
    });
  });
});
