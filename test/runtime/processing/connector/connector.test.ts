import { expect } from 'chai';
import { connectorConfig } from '../../../../runtime/processing/connector/config.ts';
import { Connector } from '../../../../runtime/processing/connector/connector.ts';
import { hostPattern, matchesHost } from '../../../../runtime/processing/connector/host-pattern.ts';
import { observe } from '../../../../runtime/processing/observe.ts';
import { exchange, type RequestSketch } from '../mirror-client.ts';
import { settings } from '../points/observed.ts';

/** The refusal, or application and caller. */
function judged(config: object, sketch: RequestSketch, peer = '10.0.0.9'): string {
  const connector = new Connector(connectorConfig.parse(config));
  const item = { ...exchange({ target: '/a', ...sketch }), client: { ip: peer, port: 1 } };
  const result = observe(item, { ...settings, connector });
  if (typeof result === 'string') return result;
  const { host, application, callers } = result.observation;
  return `${host} ${application} ${callers[0]?.address ?? ''}`.trim();
}

describe('host patterns', () => {
  it('match whole names', () => {
    const cases: [string, string, boolean][] = [
      ['example.com', 'EXAMPLE.com', true],
      ['example.com', 'a.example.com', false],
      ['*.example.com', 'a.b.example.com', true],
      ['*.example.com', 'example.com', false],
      ['api-?.test', 'api-1.test', true],
      ['api-[1-3].test', 'api-3.test', true],
      ['api-[^1-3].test', 'api-3.test', false],
      ['example.com', 'example.com:8443', true],
      ['example.com:8443', 'example.com', false],
      ['a.b', 'axb', false],
    ];
    for (const [pattern, host, expected] of cases)
      expect(matchesHost(hostPattern(pattern) ?? /$./, host), `${pattern} ${host}`).to.equal(expected);
  });

  it('are refused when malformed, and cost linear time', () => {
    for (const pattern of ['', '[a', '[z-a]', 'a\\']) expect(hostPattern(pattern)).to.equal(undefined);
    const begin = performance.now();
    hostPattern(`${'*'.repeat(50)}b`)?.test('a'.repeat(10_000));
    expect(performance.now() - begin).to.be.below(500);
  });
});

describe('allowed_hosts', () => {
  it('lets only these through; all when it is empty', () => {
    const config = { allowed_hosts: ['*.example.test'] };
    expect(judged(config, {})).to.equal('api.example.test 0 10.0.0.9');
    expect(judged(config, { authority: 'other.test' })).to.equal('host-not-allowed');
    expect(judged({}, { authority: 'other.test' })).to.equal('other.test 0 10.0.0.9');
  });
});

describe('input_filters', () => {
  const versioned = { path: '^/v[0-9]+/', headers: { Authorization: '^Bearer ' } };

  it('look only at what one of the filters describes, in all of its conditions', () => {
    const config = { input_filters: { inspect: [versioned, { ip_addresses: ['192.0.2.0/24'] }] } };
    const bearer = { headers: { authorization: 'Bearer x' } };
    expect(judged(config, { target: '/v1/a', ...bearer })).to.equal('api.example.test 0 10.0.0.9');
    expect(judged(config, { target: '/v1/a' })).to.equal('input-filter');
    expect(judged(config, { target: '/a', ...bearer })).to.equal('input-filter');
    expect(judged(config, { target: '/a' }, '192.0.2.7')).to.equal('api.example.test 0');
  });

  it('leave out what they bypass, even when it is also to be inspected', () => {
    const config = {
      input_filters: {
        inspect: [{ path: '^/' }],
        bypass: [{ url: '(?i)\\.(png|css)$' }, { headers: { accept: 'text/html' } }],
      },
    };
    expect(judged(config, { target: '/A.PNG?x=1' })).to.equal('input-filter');
    expect(judged(config, { headers: { Accept: 'text/html,*/*' } })).to.equal('input-filter');
    expect(judged(config, { target: '/a?f=.png' })).to.equal('api.example.test 0 10.0.0.9');
  });
});

describe('route_config', () => {
  const config = {
    route_config: {
      wallarm_application: 10,
      routes: [
        { host: 'example.com', wallarm_application: 1, routes: [{ route: '/app2', wallarm_application: 2 }] },
        { host: 'api.example.com', route: '/api', wallarm_application: 100 },
        { host: 'api.example.com', route: '~* \\.SOAP$', wallarm_application: 4 },
        { host: 'api.example.com', route: '^~ /api/strong', wallarm_application: 5 },
        { host: 'api.example.com', route: '= /api/exact.soap', wallarm_application: 6 },
        {
          host: 'off.example.com',
          wallarm_mode: 'off',
          routes: [{ route: '/on', wallarm_mode: 'monitoring' }],
        },
      ],
    },
  };
  const cases: [string, string, string][] = [
    ['other.test', '/a', '10'],
    ['example.com', '/a', '1'],
    ['example.com', '/app2/x', '2'],
    ['api.example.com', '/api/x', '100'],
    ['api.example.com', '/x', '10'],
    ['api.example.com', '/api/x.soap', '4'],
    ['api.example.com', '/api/strong/x.soap', '5'],
    ['api.example.com', '/api/exact.soap', '6'],
    ['off.example.com', '/a', 'route-off'],
    ['off.example.com', '/on', '10'],
  ];
  for (const [authority, target, expected] of cases)
    it(`gives ${authority}${target} ${expected}`, () => {
      const result = judged(config, { authority, target });
      expect(result.split(' ')[1] ?? result).to.equal(expected);
    });
});

describe('proxy_headers', () => {
  const config = {
    proxy_headers: [
      {
        trusted_networks: ['10.1.0.0/16', 'fd00::/8'],
        real_ip: ['X-Real-IP', 'X-Forwarded-For'],
        original_host: ['X-Host'],
      },
      { trusted_networks: ['10.0.0.0/8'], real_ip: ['X-Other'] },
    ],
  };
  const headers = {
    'x-forwarded-for': '10.9.9.9:443, 10.1.0.1',
    'x-host': 'Shop.test',
    'x-other': '[fd00::9]:1',
  };

  it('name the client for the first rule that trusts the peer', () => {
    expect(judged(config, { headers }, '10.1.2.3')).to.equal('shop.test 0 10.9.9.9');
    expect(judged(config, { headers: { ...headers, 'x-real-ip': '10.8.8.8' } }, 'fd00::1')).to.equal(
      'shop.test 0 10.8.8.8',
    );
    expect(judged(config, { headers }, '10.2.2.3')).to.equal('api.example.test 0 fd00::9');
    expect(judged(config, { headers }, '172.16.0.1')).to.equal('api.example.test 0 172.16.0.1');
  });

  it('that hold no address change nothing', () => {
    for (const value of ['', 'unknown', '1', '999.1.1.1', 'x'.repeat(100_000)])
      expect(judged(config, { headers: { 'x-real-ip': value } }, '10.1.2.3')).to.equal(
        'api.example.test 0 10.1.2.3',
      );
  });
});

describe('the settings', () => {
  it('are refused with what was expected', () => {
    const wrong: [object, string][] = [
      [{ input_filters: { inspect: [{ path: '(' }] } }, 'RE2'],
      [{ input_filters: { bypass: [{ path: '(?=x)' }] } }, 'RE2'],
      [{ input_filters: { bypass: [{ ip_addresses: ['10.0.0.0/33'] }] } }, 'range'],
      [{ route_config: { routes: [{ routes: [{ route: '~ [' }] }] } }, 'RE2'],
      [{ allowed_hosts: ['[a'] }, 'host name'],
      [{ unknown: 1 }, 'unknown'],
    ];
    for (const [config, message] of wrong) {
      const { error } = connectorConfig.safeParse(config);
      expect(JSON.stringify(error?.issues), JSON.stringify(config)).to.contain(message);
    }
  });
});
