import { expect } from 'chai';
import fc from 'fast-check';
import { isLoopbackHost, normaliseHost } from '../../../runtime/processing/host.ts';
import { classifySegments, parseTarget } from '../../../runtime/processing/request-target.ts';
import { shapeOf } from '../../../runtime/processing/shape.ts';
import { typeOfText } from '../../../runtime/processing/value-type.ts';

function path(target: string): string | string[] {
  const parsed = parseTarget(target);
  return typeof parsed === 'string' ? parsed : parsed.segments;
}

describe('a request target', () => {
  const cases: [string, string | string[]][] = [
    ['/', []],
    ['/a/b', ['a', 'b']],
    ['/a//b/', ['a', 'b']],
    ['/a/./b/../c', ['a', 'c']],
    ['/../../etc', ['etc']],
    ['/a/%2e%2E/b', ['b']],
    ['/%61bc?x=/y', ['abc']],
    ['/a%2Fb', ['a/b']],
    ['/caf%C3%A9', ['café']],
    ['/%ff%C3%A9', ['%FF%C3%A9']],
    ['/bad%zz%4', ['bad%zz%4']],
    ['/a;jsessionid=1234/b', ['a', 'b']],
    ['/a#fragment', ['a']],
    ['http://Other.test:8080/a?q', ['a']],
    ['http://other.test', []],
    ['*', 'target-form'],
    ['example.test:443', 'target-form'],
    ['', 'target-form'],
    [`/${'a/'.repeat(33)}`, 'path-too-long'],
    [`/${'x'.repeat(9000)}`, 'path-too-long'],
  ];
  for (const [target, expected] of cases)
    it(`${JSON.stringify(target.slice(0, 40))} has the path ${JSON.stringify(expected)}`, () => {
      expect(path(target)).to.deep.equal(expected);
    });

  it('takes the host of the absolute form', () => {
    expect(parseTarget('http://Other.test:8080/a?q')).to.include({
      authority: 'Other.test:8080',
      query: 'q',
    });
  });

  it('cuts a long query and keeps the path', () => {
    const target = parseTarget(`/a?${'x'.repeat(100_000)}`);
    if (typeof target === 'string') throw new Error(target);
    expect(target.segments).to.deep.equal(['a']);
    expect(target.query).to.have.lengthOf(65_536);
  });

  it('never throws, and its decoded path has no empty or dot segment', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%',
      '%ff',
      ';a=b',
      '?',
      '#',
      'a',
      'é',
      '\ud800',
      '1',
    );
    const target = fc.array(piece, { maxLength: 30 }).map(pieces => `/${pieces.join('')}`);
    fc.assert(
      fc.property(fc.oneof(target, fc.string()), text => {
        const parsed = parseTarget(text);
        if (typeof parsed === 'string') return;
        expect(parsed.segments.filter(part => ['', '.', '..'].includes(part))).to.deep.equal([]);
        classifySegments(parsed.segments);
      }),
    );
  });

  it('is refused when its literals together are no names', () => {
    expect(classifySegments(Array.from({ length: 20 }, () => 'x-'.repeat(60)))).to.equal(undefined);
  });
});

describe('a shape class', () => {
  const cases: [string, string | undefined][] = [
    ...(['0', '42', '-7', '123456789012345678901234567890'].map(text => [text, 'integer']) as [
      string,
      string,
    ][]),
    ['12.50', 'float'],
    ['6f1e7a52-0a52-4d6e-9a35-3d1f6d8c1b11', 'uuid'],
    ['507f1f77bcf86cd799439011', 'hex'],
    ['deadbeefdeadbeef', undefined],
    ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'ulid'],
    ['2026-02-28', 'date'],
    ['2026-02-30T99:00:00Z', undefined],
    ['2026-02-28T10:00:00Z', 'date-time'],
    ['jane.doe@example.com', 'email'],
    ['192.168.0.1', 'ipv4'],
    ['2001:db8::1', 'ipv6'],
    ['cus_9s6XKzkNRiz8i3', 'token'],
    ['x'.repeat(200), 'string'],
    ...([
      'users',
      'v1',
      'getUserById',
      'onboardingStatus',
      'oauth2',
      'x86_64',
      'ISO8601',
      'author-a-0001',
    ].map(text => [text, undefined]) as [string, undefined][]),
  ];
  for (const [text, shape] of cases)
    it(`of ${JSON.stringify(text.slice(0, 40))} is ${shape ?? 'none: a literal'}`, () => {
      expect(shapeOf(text, 3)).to.equal(shape);
    });

  it('is not given to version numbers at the front', () => {
    expect(classifySegments(['2', 'tweets', '7'])?.map(({ segment }) => segment?.$case)).to.deep.equal([
      'literal',
      'literal',
      'shape',
    ]);
    expect(classifySegments(['1.1', 'statuses'])?.[0]?.segment).to.deep.equal({
      $case: 'literal',
      literal: '1.1',
    });
  });

  it('takes linear time on hostile text', () => {
    const begin = performance.now();
    for (const text of [
      'a'.repeat(128),
      '1'.repeat(128),
      'a@'.repeat(64),
      `${'a.'.repeat(60)}@`,
      '-'.repeat(128),
    ])
      for (let i = 0; i < 100; i++) shapeOf(text, 3);
    for (const text of ['1'.repeat(1e6), `a@${'a.'.repeat(5e5)}`, `h://${' '.repeat(1e6)}`]) typeOfText(text);
    expect(performance.now() - begin).to.be.below(1000);
  });
});

describe('a host', () => {
  const cases: [string, boolean, string | undefined][] = [
    ['API.Example.test', false, 'api.example.test'],
    ['api.example.test.:80', false, 'api.example.test'],
    ['api.example.test:443', true, 'api.example.test'],
    ['api.example.test:443', false, 'api.example.test:443'],
    ['[2001:DB8::1]:8443', true, '[2001:db8::1]:8443'],
    ['', false, ''],
    ['a b', false, undefined],
    ['a..b', false, undefined],
    ['<script>', false, undefined],
    ['host:99999', false, undefined],
    ['x'.repeat(400), false, undefined],
  ];
  for (const [authority, tls, host] of cases)
    it(`${JSON.stringify(authority.slice(0, 30))} over ${tls ? 'TLS' : 'plain text'} is ${host}`, () => {
      expect(normaliseHost(authority, tls)).to.equal(host);
    });

  it('is recognised as loopback in every spelling', () => {
    for (const host of [
      'localhost',
      'a.localhost:8080',
      '127.0.0.1:80',
      '127.9.9.9',
      '[::1]:80',
      '[0:0:0:0:0:0:0:1]',
    ])
      expect(isLoopbackHost(host), host).to.equal(true);
    for (const host of ['api.example.test', '10.0.0.1', '[2001:db8::1]', 'localhost.example.test'])
      expect(isLoopbackHost(host), host).to.equal(false);
  });
});
