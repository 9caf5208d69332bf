import { expect } from 'chai';
import fc from 'fast-check';
import { endpointsOf, parameterType } from '../../../runtime/aggregation/endpoints.ts';
import { learnTemplates } from '../../../runtime/aggregation/templates/learn.ts';
import { parameterName, singular } from '../../../runtime/aggregation/templates/names.ts';
import type { PathStatistics } from '../../../runtime/aggregation/templates/path-statistics.ts';
import { sameKeyObservation, segment } from '../protocol/arbitraries.ts';

/** `GET /users/<integer>/posts ×3 ?page`: shapes in angle brackets, requests, parameters. */
function path(text: string): PathStatistics {
  const [method = '', target = '', ...rest] = text.split(' ');
  return {
    method,
    segments: target
      .split('/')
      .filter(part => part !== '')
      .map(part => (part.startsWith('<') ? { shape: part.slice(1, -1) } : part)),
    requests: Number(rest.find(part => part.startsWith('×'))?.slice(1) ?? 10),
    keys: rest.filter(part => part.startsWith('?')).map(part => `query:${part.slice(1)}`),
  };
}

function templates(...paths: string[]): string[] {
  return [...new Set(learnTemplates(paths.map(path)).map(({ text }) => text))];
}

const names = [
  'alice',
  'bob',
  'carol',
  'dave',
  'erin',
  'frank',
  'grace',
  'heidi',
  'ivan',
  'judy',
  'mallory',
  'niaj',
];

describe('the template learner', () => {
  it('merges identifiers under the singular of the noun before them, with their type', () => {
    const [learnt] = learnTemplates([path('GET /api/v1/users/<integer>/orders/<uuid>')]);
    expect(learnt?.text).to.equal('/api/v1/users/{user_id}/orders/{order_id}');
    expect(learnt?.segments.slice(3)).to.deep.equal([
      { name: 'user_id', type: 'integer' },
      'orders',
      { name: 'order_id', type: 'uuid' },
    ]);
  });

  it('merges identifiers of different classes and the paths below them', () => {
    expect(
      templates(
        'GET /items/<integer>/tags',
        'GET /items/<uuid>/tags',
        'GET /items/<hex>',
        'GET /items/search',
      ),
    ).to.deep.equal(['/items/{item_id}/tags', '/items/{item_id}', '/items/search']);
  });

  it('shares a decision between methods', () => {
    const members = names.flatMap(name => [name, `${name}-smith`]);
    const paths = ['GET', 'DELETE'].flatMap(method =>
      members.map(name => `${method} /api/members/${name} ×1`),
    );
    expect(templates(...paths)).to.deep.equal(['/api/members/{member_id}']);
  });

  it('takes words as values when many siblings share a structure', () => {
    const paths = names.flatMap(name => [`GET /api/users/${name} ×50`, `GET /api/users/${name}/repos ×20`]);
    expect(templates(...paths, 'GET /api/users/me ×90')).to.have.members([
      '/api/users/{user_id}',
      '/api/users/{user_id}/repos',
      '/api/users/me',
    ]);
  });

  it('keeps names of collections, of operations, of versions and first segments', () => {
    const resources = names.map(name => `GET /api/${name}s/<integer> ×1`);
    expect(templates(...resources)).to.have.length(names.length);
    const verbs = ['get', 'set', 'list', 'create', 'delete', 'find', 'update', 'move', 'add', 'remove'];
    expect(templates(...verbs.map(verb => `GET /rpc/${verb}Preference ×1`))).to.have.length(verbs.length);
    expect(templates(...names.map(name => `GET /${name}/list ×1`))).to.have.length(names.length);
    expect(templates(...names.map((_, i) => `GET /api/v${i}/list ×1`))).to.have.length(names.length);
  });

  it('keeps siblings that have parameters of their own', () => {
    expect(templates(...names.map(name => `GET /api/reports/${name} ×1 ?only_${name}`))).to.have.length(
      names.length,
    );
  });

  it('keeps few siblings, and busy ones without any structure', () => {
    expect(templates(...names.slice(0, 5).map(name => `GET /api/users/${name} ×1`))).to.have.length(5);
    expect(templates(...names.map(name => `GET /api/pages/${name} ×500`))).to.have.length(names.length);
  });

  it('takes a decision back when more traffic says otherwise', () => {
    const rare = names.map(name => `GET /api/pages/${name} ×1 ?x`);
    expect(templates(...rare)).to.deep.equal(['/api/pages/{page_id}']);
    const grown = rare.map((text, i) => `${text.replace('×1', '×900')} ?own_${i}`);
    expect(templates(...grown)).to.have.length(names.length);
  });

  it('writes every literal so that only parameters have braces', () => {
    expect(templates('GET /a%b/{id}/café/x:cancel', 'GET /')).to.deep.equal([
      '/a%25b/%7Bid%7D/caf%C3%A9/x:cancel',
      '/',
    ]);
  });

  it('gives every path one template of its own length, whatever the order', () => {
    const statistics = fc.array(
      fc.record({
        method: fc.constantFrom('GET', 'POST'),
        segments: fc.array(
          segment.map(({ segment: item }) =>
            item?.$case === 'shape' ? { shape: item.shape } : (item?.literal ?? ''),
          ),
          { maxLength: 4 },
        ),
        requests: fc.integer({ min: 1, max: 9 }),
        keys: fc.constant([]),
      }),
    );
    fc.assert(
      fc.property(statistics, items => {
        const learnt = learnTemplates(items);
        expect(learnt.map(({ segments }) => segments.length)).to.deep.equal(
          items.map(item => item.segments.length),
        );
        const backwards = learnTemplates([...items].reverse()).reverse();
        expect(backwards.map(({ text }) => text)).to.deep.equal(learnt.map(({ text }) => text));
      }),
    );
  });

  it('looks at a bounded number of parameters of a path', () => {
    const own = (name: string) =>
      `${Array.from({ length: 64 }, (_, i) => `?a${i}`).join(' ')} ?${name}1 ?${name}2`;
    expect(templates(...names.map(name => `GET /api/pages/${name} ×1 ${own(name)}`))).to.deep.equal([
      '/api/pages/{page_id}',
    ]);
  });

  it('learns 20,000 distinct paths of a scanner in bounded time', () => {
    const paths = Array.from({ length: 20_000 }, (_, i) =>
      path(`GET /scan/x${(i * 7919) % 20_011}q/y${i % 977}z ×1`),
    );
    const begin = performance.now();
    learnTemplates(paths);
    expect(performance.now() - begin).to.be.below(15_000);
  });
});

describe('names of path parameters', () => {
  it('are the singular of the noun', () => {
    const nouns = {
      users: 'user',
      categories: 'category',
      addresses: 'address',
      boxes: 'box',
      status: 'status',
    };
    for (const [plural, one] of Object.entries({ ...nouns, people: 'person', data: 'data', news: 'news' }))
      expect(singular(plural)).to.equal(one);
  });

  it('are snake case, unique and never empty', () => {
    expect(parameterName('userGroups', new Set())).to.equal('user_group_id');
    expect(parameterName('order-items', new Set(['order_item_id']))).to.equal('order_item_id_2');
    expect(parameterName(undefined, new Set(['id']))).to.equal('id_2');
    expect(parameterName('v2', new Set())).to.equal('id');
    expect(parameterName('日本', new Set())).to.equal('id');
  });
});

describe('endpoints', () => {
  it('keep every request, status and parameter count of their paths', () => {
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

  it('have the narrowest type that fits', () => {
    const typeOf = (...types: string[]) => parameterType(types.map(type => ({ type, count: 1 })));
    expect(typeOf('uuid')).to.equal('uuid');
    expect(typeOf('integer', 'number')).to.equal('number');
    expect(typeOf('integer', 'uuid')).to.equal('string');
    expect(typeOf()).to.equal('string');
  });
});
