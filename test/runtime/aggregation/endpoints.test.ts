import { expect } from 'chai';
import fc from 'fast-check';
import { distinctValues, noThresholds } from '../../../runtime/aggregation/endpoint.ts';
import { endpointsOf } from '../../../runtime/aggregation/endpoints.ts';
import { Location, type Observation, type Segment } from '../../../runtime/protocol/generated/findings.ts';
import { newObservation, newParameter } from '../../../runtime/protocol/observation.ts';
import { sameKeyObservation } from '../protocol/arbitraries.ts';

/** `GET /users/<integer>/posts`: shapes in angle brackets. */
function path(text: string, requests = 10, names: readonly string[] = []): Observation {
  const [method = '', target = ''] = text.split(' ');
  return newObservation({
    ...{ host: 'h', method, requests, firstSeenUs: 1, lastSeenUs: 1 },
    segments: target
      .split('/')
      .filter(part => part !== '')
      .map(
        (part): Segment => ({
          segment: part.startsWith('<')
            ? { $case: 'shape', shape: part.slice(1, -1) }
            : { $case: 'literal', literal: part },
        }),
      ),
    outcomes: [{ status: 200, content: 'json', requests }],
    parameters: names.map(name => newParameter({ location: 1, name, requests })),
  });
}

const templates = (...paths: Observation[]): string[] =>
  endpointsOf('h', paths).map(({ method, template }) => `${method} ${template}`);

const names = 'alice bob carol dave erin frank grace heidi ivan judy mallory niaj'.split(' ');

describe('the endpoints of a host', () => {
  it('merge certain values under the noun before them, with their type and format', () => {
    const [endpoint] = endpointsOf('h', [path('GET /api/v1/users/<int32>/orders/<uuid>')]);
    expect(endpoint?.template).to.equal('/api/v1/users/{user_id}/orders/{order_id}');
    const [integers] = endpointsOf('h', [path('GET /users/<integer>')]);
    expect(integers?.parameters[0]).to.include({ location: 'path', name: 'user_id', type: 'integer' });
    const [uuids] = endpointsOf('h', [path('GET /users/<uuid>')]);
    expect(uuids?.parameters[0]).to.include({ type: 'uuid', format: 'uuid', required: true, requests: 10 });
  });

  it('say which parameters hold sensitive data, from all of their values', () => {
    const values = { requests: 10, examined: 10 };
    const sensitive = [{ class: 'email', values: 9, bestScore: 90 }];
    const some = [{ class: 'email', values: 2, bestScore: 90 }];
    const [endpoint] = endpointsOf('h', [
      {
        ...path('GET /api/users/<email>'),
        parameters: [
          newParameter({ location: Location.PATH, name: '2', ...values, sensitive }),
          newParameter({ location: Location.BODY, name: 'contact', ...values, sensitive }),
          newParameter({ location: Location.BODY, name: 'note', ...values, sensitive: some }),
        ],
      },
    ]);
    const classes = endpoint?.parameters.map(parameter => [
      parameter.location,
      parameter.sensitive.map(({ class: name, score }) => `${name} ${score}`),
    ]);
    expect(classes).to.deep.equal([
      ['path', ['email 0.9']],
      ['body', ['email 0.9']],
      ['body', []],
    ]);
  });

  it('merge words that share a structure, and keep what names the caller or an action', () => {
    const paths = names.flatMap(name => [
      path(`GET /api/users/${name}`, 5),
      path(`GET /api/users/${name}/repos`, 3),
    ]);
    expect(templates(...paths, path('GET /api/users/me', 40))).to.have.members([
      'GET /api/users/{user}',
      'GET /api/users/{user}/repos',
      'GET /api/users/me',
    ]);
  });

  it('keep names of collections, operations and versions', () => {
    const resources = ['users', 'orders', 'carts', 'products', 'invoices'].map(name =>
      path(`GET /api/v1/${name}/<integer>`, 20),
    );
    expect(templates(...resources)).to.have.length(5);
  });

  it('write literals so that only parameters have braces', () => {
    expect(templates(path('GET /a%b/{id}/café/x:cancel'), path('GET /'))).to.have.members([
      'GET /a%25b/%7Bid%7D/caf%C3%A9/x:cancel',
      'GET /',
    ]);
  });

  it('keep every request of their paths, in any order', () => {
    fc.assert(
      fc.property(fc.array(sameKeyObservation, { minLength: 1, maxLength: 5 }), items => {
        const paths = items.map((item, i) => ({
          ...item,
          segments: [
            ...item.segments,
            { segment: { $case: 'shape' as const, shape: i % 2 ? 'uuid' : 'integer' } },
          ],
        }));
        const [endpoint, ...others] = endpointsOf('h', paths);
        expect(others).to.deep.equal([]);
        expect(endpoint?.requests).to.equal(paths.reduce((sum, { requests }) => sum + requests, 0));
        expect(endpointsOf('h', [...paths].reverse())[0]).to.deep.equal(endpoint);
      }),
    );
  });

  it('say which parameters every request carried', () => {
    const [endpoint] = endpointsOf('h', [path('GET /a', 10, ['q', 'page'])]);
    expect(endpoint?.parameters.map(({ name, required }) => [name, required])).to.deep.equal([
      ['page', true],
      ['q', true],
    ]);
  });

  it('follow an operator’s pins and forbids, for one host or all', () => {
    const paths = names.flatMap(name => [
      path(`GET /api/users/${name}`, 5),
      path(`GET /api/tables/${name}`, 5),
    ]);
    const rules = {
      thresholds: noThresholds,
      templates: {
        pin: [
          { host: '*', template: '/{tenant}/users/alice' },
          { host: 'other', template: '/api/users/bob' },
        ],
        forbid: [{ host: 'h', template: '/{tenant}/tables/{table}' }],
      },
    };
    const found = endpointsOf('h', paths, rules).map(({ template }) => template);
    expect(found).to.include.members(['/{name}/users/alice', '/{name}/tables/bob', '/{name}/tables/alice']);
    expect(found).not.to.include('/{name}/users/bob');
  });

  it('are shown once they have the requests and the time that are asked for, parameters with their share', () => {
    const seconds = (from: number, to: number, requests: number) => ({
      ...path('GET /a', requests, ['q']),
      ...{ firstSeenUs: from * 1e6, lastSeenUs: to * 1e6 },
    });
    const rules = (part: object) => ({
      thresholds: { ...noThresholds, ...part },
      templates: { pin: [], forbid: [] },
    });
    const shown = (part: object, one: Observation) => endpointsOf('h', [one], rules(part)).length;
    expect(shown({ endpointRequests: 2 }, seconds(1, 1, 1))).to.equal(0);
    expect(shown({ endpointRequests: 2 }, seconds(1, 1, 2))).to.equal(1);
    expect(shown({ endpointSeconds: 300 }, seconds(1, 301, 9))).to.equal(0);
    expect(shown({ endpointSeconds: 300 }, seconds(1, 302, 9))).to.equal(1);
    const rare = {
      ...path('GET /a', 1000),
      parameters: [newParameter({ location: 1, name: 'q', requests: 10 })],
    };
    expect(endpointsOf('h', [rare], rules({ parameterShare: 0.01 }))[0]?.parameters).to.deep.equal([]);
    expect(endpointsOf('h', [rare], rules({ parameterShare: 0.005 }))[0]?.parameters).to.have.length(1);
    const common = {
      ...path('GET /a', 1000),
      parameters: [newParameter({ location: 1, name: 'q', requests: 995 })],
    };
    expect(endpointsOf('h', [common], rules({}))[0]?.parameters[0]?.required).to.equal(false);
    expect(endpointsOf('h', [common], rules({ requiredShare: 0.99 }))[0]?.parameters[0]?.required).to.equal(
      true,
    );
  });

  it('estimate how many values a parameter has, exactly while there are few', () => {
    expect(distinctValues([])).to.equal(0);
    expect(distinctValues([1, 2, 3])).to.equal(3);
    const spread = Array.from({ length: 32 }, (_, i) => Math.round(((i + 1) * 2 ** 48) / 1000));
    expect(distinctValues(spread)).to.be.within(900, 1100);
  });
});
