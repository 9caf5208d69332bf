import { expect } from 'chai';
import fc from 'fast-check';
import { RealIp } from '../../../../runtime/agent/exchange/real-ip.ts';
import type { HeaderField } from '../../../../runtime/http/header-fields.ts';
import { assemble, Script } from './events.ts';

const trusted = ['10.0.0.0/8', '2001:db8:1::/48'];

function clientIn(header: string, ...values: string[]): string | undefined {
  const realIp = new RealIp({ header, trustedCidrs: trusted });
  const fields = values.map((value): HeaderField => ({ name: header, value: Buffer.from(value, 'latin1') }));
  const client = realIp.clientOf(fields);
  return client && `${client.ip} ${client.port}`;
}

describe("the client's address behind a load balancer", () => {
  it('is read from addresses with and without port, in brackets or not', () => {
    for (const [text, wanted] of [
      ['203.0.113.7', '203.0.113.7 0'],
      [' 203.0.113.7:4711\t', '203.0.113.7 4711'],
      ['2001:DB8::0:1', '2001:db8::1 0'],
      ['[2001:db8::1]', '2001:db8::1 0'],
      ['[2001:db8::1]:443', '2001:db8::1 443'],
      ['"[2001:db8::1]:443"', '2001:db8::1 443'],
      ['::ffff:203.0.113.7', '203.0.113.7 0'],
    ] as const)
      expect(clientIn('X-Real-IP', text), text).to.equal(wanted);
  });

  it('is not read from anything else', () => {
    for (const text of [
      '',
      'unknown',
      'example.com',
      '1',
      '1.2.3',
      '010.1.1.1',
      '0x7f.0.0.1',
      '256.1.1.1',
      '1.2.3.4:99999',
      '1.2.3.4:',
      '1.2.3.4/8',
      'fe80::1%eth0',
      '[1.2.3.4]:80',
      '[::1',
      '::1]',
      '1.2.3.4 5.6.7.8',
      '\u0000',
    ])
      expect(clientIn('X-Real-IP', text), text).to.equal(undefined);
  });

  it('is the last one of a list that is not trusted itself', () => {
    expect(clientIn('X-Forwarded-For', '6.6.6.6, 203.0.113.7')).to.equal('203.0.113.7 0');
    expect(clientIn('X-Forwarded-For', '6.6.6.6, 203.0.113.7, 10.1.1.1,10.2.2.2')).to.equal('203.0.113.7 0');
    expect(clientIn('X-Forwarded-For', '6.6.6.6, 203.0.113.7:81,, [2001:db8:1::5]:80,')).to.equal(
      '203.0.113.7 81',
    );
    expect(clientIn('X-Forwarded-For', '6.6.6.6', '203.0.113.7', '10.1.1.1')).to.equal('203.0.113.7 0');
  });

  it('is the first one of a list in which all are trusted', () => {
    expect(clientIn('X-Forwarded-For', '10.1.1.1, 10.2.2.2')).to.equal('10.1.1.1 0');
  });

  it('is nothing that stands before garbage', () => {
    expect(clientIn('X-Forwarded-For', '203.0.113.7, unknown, 10.2.2.2')).to.equal('10.2.2.2 0');
    expect(clientIn('X-Forwarded-For', '203.0.113.7, unknown')).to.equal(undefined);
  });

  it('follows 32 proxies at most', () => {
    const proxies = (count: number): string => ', 10.1.1.1'.repeat(count);
    expect(clientIn('X-Forwarded-For', `203.0.113.7${proxies(31)}`)).to.equal('203.0.113.7 0');
    expect(clientIn('X-Forwarded-For', `203.0.113.7${proxies(20_000)}`)).to.equal('10.1.1.1 0');
  });

  it('is read from the Forwarded header (RFC 7239)', () => {
    expect(clientIn('Forwarded', 'for=192.0.2.60;proto=http;by=203.0.113.43')).to.equal('192.0.2.60 0');
    expect(clientIn('Forwarded', 'for=6.6.6.6, proto=http; For="[2001:db8:cafe::17]:4711"')).to.equal(
      '2001:db8:cafe::17 4711',
    );
    expect(clientIn('Forwarded', 'for=6.6.6.6, for=_hidden')).to.equal(undefined);
    expect(clientIn('Forwarded', 'by=192.0.2.60')).to.equal(undefined);
  });

  it('is believed of trusted peers only, and of none when no header or no range is set', () => {
    const realIp = new RealIp({ header: 'X-Real-IP', trustedCidrs: [...trusted, '::ffff:172.16.0.0/108'] });
    for (const ip of ['10.0.0.9', '2001:db8:1::9', '172.16.5.5'])
      expect(realIp.trusts(ip), ip).to.equal(true);
    for (const ip of ['11.0.0.9', '2001:db8:2::9', '172.32.0.0', '', 'x'])
      expect(realIp.trusts(ip), ip).to.equal(false);
    expect(new RealIp({ header: '', trustedCidrs: ['0.0.0.0/0'] }).trusts('10.0.0.9')).to.equal(false);
    expect(new RealIp({ header: 'X-Real-IP', trustedCidrs: [] }).trusts('10.0.0.9')).to.equal(false);
  });

  it('is never one that only the client can have written, whatever else it writes', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('10.3.3.3'));
    fc.assert(
      fc.property(fc.array(fc.oneof(address, fc.string())), fc.nat(4), (invented, proxies) => {
        const list = [...invented, '203.0.113.7', ...Array<string>(proxies).fill('10.2.2.2')].join(', ');
        expect(clientIn('X-Forwarded-For', list)).to.equal('203.0.113.7 0');
      }),
    );
  });

  describe('in exchanges', () => {
    const realIp = new RealIp({ header: 'X-Real-IP', trustedCidrs: trusted });
    const request = (ip: string): string => `GET / HTTP/1.1\r\nHost: a\r\nx-real-ip: ${ip}\r\n\r\n`;

    it('is that of every request of its own', () => {
      const script = new Script();
      const { exchanges } = assemble(
        [
          script.open(),
          script.request(request('203.0.113.7')),
          script.request(request('203.0.113.8:99')),
          script.request(request('nonsense')),
          script.request('GET / HTTP/1.1\r\n\r\n'),
          script.close(),
        ],
        { realIp },
      );
      expect(exchanges.map(({ client }) => `${client?.ip} ${client?.port}`)).to.deep.equal([
        '203.0.113.7 0',
        '203.0.113.8 99',
        '10.0.0.9 40000',
        '10.0.0.9 40000',
      ]);
    });

    it('is not taken from the header of a peer that is not trusted', () => {
      const script = new Script();
      const { exchanges } = assemble(
        [
          script.open({ client: { ip: '192.0.2.1', port: 1 } }),
          script.request(request('203.0.113.7')),
          script.close(),
        ],
        { realIp },
      );
      expect(exchanges[0]?.client).to.deep.equal({ ip: '192.0.2.1', port: 1 });
    });

    it('is believed of the peer that a PROXY header names, in place of the one of the socket', () => {
      for (const [source, wanted] of [
        ['192.0.2.7', { ip: '192.0.2.7', port: 1234 }],
        ['10.7.7.7', { ip: '203.0.113.7', port: 0 }],
      ] as const) {
        const script = new Script();
        const { exchanges } = assemble(
          [
            script.open(),
            script.request(`PROXY TCP4 ${source} 192.0.2.8 1234 80\r\n`),
            script.request(request('203.0.113.7')),
            script.close(),
          ],
          { realIp },
        );
        expect(exchanges[0]?.client).to.deep.equal(wanted);
      }
    });
  });
});
