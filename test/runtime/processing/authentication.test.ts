import { expect } from 'chai';
import { AuthenticationReader } from '../../../runtime/processing/authentication.ts';
import { observe } from '../../../runtime/processing/observe.ts';
import { exchange } from './mirror-client.ts';
import { authentications, settings } from './points/observed.ts';

describe('authentication', () => {
  const schemes: [string, string][] = [
    ['Basic YTpi', 'basic'],
    ['bearer abc', 'bearer'],
    ['Digest username="a"', 'digest'],
    ['Negotiate YII', 'negotiate'],
    ['NTLM TlRM', 'ntlm'],
    ['Hawk id="a"', 'hawk'],
    ['SCRAM-SHA-256 data=x', 'scram'],
    ['AWS4-HMAC-SHA256 Credential=x', 'aws-sigv4'],
    ['HMAC-SHA512 x', 'hmac'],
    ['Signature keyId="a"', 'hmac'],
    ['Token 3f2a', 'api-key'],
    ['3f2a9c', 'api-key'],
  ];
  for (const [value, type] of schemes)
    it(`by "${value}" is ${type}`, () => {
      expect(authentications({ headers: { Authorization: value } })).to.deep.equal([
        `${type} header authorization`,
      ]);
    });

  it('is found in the other places that carry keys', () => {
    const json = { 'content-type': 'application/json' };
    expect(
      authentications({ headers: { 'X-API-Key': 'k', Cookie: 'JSESSIONID=1; theme=dark' } }),
    ).to.deep.equal(['api-key header x-api-key', 'cookie cookie JSESSIONID']);
    expect(authentications({ target: '/a?api_key=1&X-Amz-Signature=ab' })).to.deep.equal([
      'api-key query api_key',
      'aws-sigv4 query X-Amz-Signature',
    ]);
    expect(authentications({ headers: json, body: '{"client_secret":"s"}' })).to.deep.equal([
      'api-key body client_secret',
    ]);
  });

  it('is none without a value, or by another spelling where case matters', () => {
    expect(authentications({ target: '/a?API_KEY=1&api_key=', headers: { 'x-api-key': '' } })).to.deep.equal(
      [],
    );
  });

  it('knows the names it is given', () => {
    const authentication = new AuthenticationReader({
      ...{ headers: ['X-Mine'], cookies: [], query: ['mine'], form: [], json: [] },
    });
    const result = observe(exchange({ target: '/?mine=1', headers: { 'x-mine': '1' } }), {
      ...settings,
      authentication,
    });
    expect(
      typeof result === 'string' ? [] : result.observation.authentications.map(({ name }) => name),
    ).to.deep.equal(['mine', 'x-mine']);
  });
});
