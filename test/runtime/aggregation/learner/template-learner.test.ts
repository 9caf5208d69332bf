import { expect } from 'chai';
import { TemplateLearner } from '../../../../runtime/aggregation/learner/template-learner.ts';

const host = 'shop.example';

interface Options {
  readonly method?: string;
  readonly times?: number;
  readonly queryKeys?: readonly string[];
}

function see(
  learner: TemplateLearner,
  path: string,
  { method = 'GET', times = 1, queryKeys = [] }: Options = {},
): void {
  learner.observe({
    host,
    method,
    segments: path.split('/').filter(segment => segment !== ''),
    status: 200,
    responseContentType: 'application/json',
    queryKeys,
    requests: times,
  });
}

const names = (
  'ada grace alan edsger barbara donald ken dennis bjarne guido linus margaret john tony niklaus leslie ' +
  'frances radia vint tim sophie karen shafi silvio manuel adele jean betty kathleen ruth marlyn'
).split(' ');

/** A shop with users by login, orders by number and a few fixed routes. */
function shop(): TemplateLearner {
  const learner = new TemplateLearner();
  for (const [i, name] of names.entries()) {
    see(learner, `/api/v1/users/${name}`, { times: 1 + (i % 5) });
    see(learner, `/api/v1/users/${name}/orders`, { queryKeys: ['limit'] });
    if (i % 3 === 0) see(learner, `/api/v1/users/${name}`, { method: 'DELETE' });
    see(learner, `/api/v1/orders/${1000 + i * 17}`, { times: 2 });
  }
  see(learner, '/api/v1/users', { times: 40, queryKeys: ['page'] });
  see(learner, '/api/v1/users', { method: 'POST', times: 20 });
  see(learner, '/api/v1/orders', { times: 40, queryKeys: ['page', 'status'] });
  see(learner, '/api/v1/orders/search', { method: 'POST', times: 60 });
  see(learner, '/api/v1/catalog/categories', { times: 50 });
  see(learner, '/api/v1/catalog/products', { times: 80, queryKeys: ['page', 'q'] });
  return learner;
}

const paths = (learner: TemplateLearner): string[] =>
  learner.templates().map(({ method, path }) => `${method} ${path}`);

describe('TemplateLearner', () => {
  it('tells words that are values from words that are routes', () => {
    const learner = shop();
    learner.learn();
    expect(paths(learner)).to.deep.equal([
      'GET /api/v1/catalog/categories',
      'GET /api/v1/catalog/products',
      'GET /api/v1/orders',
      'POST /api/v1/orders/search',
      'GET /api/v1/orders/{order_id}',
      'GET /api/v1/users',
      'POST /api/v1/users',
      'DELETE /api/v1/users/{user}',
      'GET /api/v1/users/{user}',
      'GET /api/v1/users/{user}/orders',
    ]);
  });

  it('assigns values that it has never seen', () => {
    const learner = shop();
    learner.learn();
    expect(learner.assign(host, 'GET', ['api', 'v1', 'users', 'somebody-new'])).to.equal(
      'GET /api/v1/users/{user}',
    );
    expect(learner.assign(host, 'GET', ['api', 'v1', 'orders', '999999'])).to.equal(
      'GET /api/v1/orders/{order_id}',
    );
    expect(learner.assign(host, 'POST', ['api', 'v1', 'orders', 'search'])).to.equal(
      'POST /api/v1/orders/search',
    );
    expect(learner.assign(host, 'GET', ['brand', 'new', '17'])).to.equal('GET /brand/new/{value}');
    expect(learner.assign('other.example', 'GET', ['a', 'b'])).to.equal('GET /a/b');
    expect(learner.assign('other.example', 'GET', [])).to.equal('GET /');
  });

  it('accepts segments that were replaced by their shape before', () => {
    const learner = new TemplateLearner();
    learner.observe({ host, method: 'GET', segments: ['users', { shape: 'uuid' }], requests: 5 });
    learner.learn();
    const [template] = learner.templates();
    expect(template).to.include({ path: '/users/{user_id}', requests: 5 });
    expect(template?.parameters[0]).to.deep.include({
      name: 'user_id',
      position: 1,
      type: 'string',
      format: 'uuid',
    });
  });

  it('takes texts that differ in their numbers only for values, however often each was seen', () => {
    for (const times of [1, 3, 50]) {
      const learner = new TemplateLearner();
      for (let i = 0; i < 30; i++) see(learner, `/odata/Users(${i * 37})`, { times });
      for (const version of ['v1', 'v2', 'v3']) see(learner, `/${version}/status`, { times });
      learner.learn();
      expect(
        learner.templates().map(({ path }) => path),
        `${times} times`,
      ).to.have.members(['/odata/{odata}', '/v1/status', '/v2/status', '/v3/status']);
    }
  });

  it('keeps the suffix of a file apart from any kind of identifier before it', () => {
    const learner = new TemplateLearner();
    for (const stem of ['3e181aa962740f', 'c68deb5d403a960a', '1b4c24c269f0441e', '12345678', 'AB-1234567'])
      see(learner, `/files/${stem}.json`);
    learner.learn();
    expect(learner.templates().map(({ path }) => path)).to.deep.equal(['/files/{file_id}.json']);
  });

  it('gives parameters types and names that are unique in a path', () => {
    const learner = new TemplateLearner();
    for (let i = 0; i < 20; i++) see(learner, `/teams/${i}/teams/${i * 3}.json`);
    learner.learn();
    const [template] = learner.templates();
    expect(template?.path).to.equal('/teams/{team_id}/teams/{team_id_2}.json');
    expect(template?.parameters.map(parameter => parameter.type)).to.deep.equal(['integer', 'integer']);
  });

  it('reports counts and times of a template over all its values', () => {
    const learner = new TemplateLearner();
    learner.observe({
      host,
      method: 'GET',
      segments: ['a', '1'],
      requests: 3,
      firstSeenMs: 500,
      lastSeenMs: 700,
    });
    learner.observe({
      host,
      method: 'GET',
      segments: ['a', '2'],
      requests: 4,
      firstSeenMs: 100,
      lastSeenMs: 600,
    });
    learner.learn();
    expect(learner.templates()).to.have.length(1);
    expect(learner.templates()[0]).to.include({ requests: 7, firstSeenMs: 100, lastSeenMs: 700 });
  });

  it('changes its mind when more traffic says otherwise, because only counters are kept', () => {
    const learner = new TemplateLearner();
    see(learner, '/api/v1/users/ada', { times: 3 });
    learner.learn();
    const before = learner.assign(host, 'GET', ['api', 'v1', 'users', 'grace']);
    const all = shop().toState();
    learner.merge(all);
    learner.learn();
    expect(learner.assign(host, 'GET', ['api', 'v1', 'users', 'grace'])).to.equal('GET /api/v1/users/{user}');
    expect(before).to.be.a('string');
  });

  it('decides again only hosts that grew enough', () => {
    const learner = shop();
    learner.learn();
    see(learner, '/api/v1/teams');
    learner.learn({ growth: 0.5 });
    expect(paths(learner)).to.not.include('GET /api/v1/teams');
    learner.learn();
    expect(paths(learner)).to.include('GET /api/v1/teams');
  });

  it('explains every segment: rule, score and features', () => {
    const learner = shop();
    learner.learn();
    const explained = learner.explain(host, ['api', 'v1', 'users', 'ada', 'orders']);
    expect(explained.map(segment => segment.decision)).to.deep.equal([
      'literal',
      'literal',
      'literal',
      'parameter',
      'literal',
    ]);
    const ada = explained[3];
    expect(ada?.score).to.be.above(0);
    expect(ada?.features).to.have.length(8);
    expect(ada?.features?.[0]?.feature).to.be.a('string');
    expect(learner.explain(host, ['api', 'v1', 'orders', '17'])[3]).to.include({
      decision: 'parameter',
      rule: 'shape',
    });
    expect(learner.explain('unknown.example', ['a'])).to.deep.equal([]);
  });

  it('keeps pinned texts literal and pinned parameters variable', () => {
    const learner = shop();
    learner.pin(host, '/api/v1/users/ada');
    learner.pin(host, '/api/v1/catalog/{kind}');
    learner.learn();
    expect(learner.assign(host, 'GET', ['api', 'v1', 'users', 'ada'])).to.equal('GET /api/v1/users/ada');
    expect(learner.assign(host, 'GET', ['api', 'v1', 'users', 'grace'])).to.equal('GET /api/v1/users/{user}');
    expect(learner.assign(host, 'GET', ['api', 'v1', 'catalog', 'products'])).to.equal(
      'GET /api/v1/catalog/{catalog}',
    );
    expect(learner.explain(host, ['api', 'v1', 'users', 'ada'])[3]).to.include({
      decision: 'literal',
      rule: 'operator',
    });
    learner.clearOverrides(host);
    learner.learn();
    expect(learner.assign(host, 'GET', ['api', 'v1', 'users', 'ada'])).to.equal('GET /api/v1/users/{user}');
  });

  it('makes no parameter where an operator forbids it', () => {
    const learner = shop();
    learner.forbid(host, '/api/v1/users/{user}');
    learner.learn();
    expect(learner.assign(host, 'GET', ['api', 'v1', 'users', 'ada'])).to.equal('GET /api/v1/users/ada');
  });

  it('says what is wrong with a pin', () => {
    const learner = new TemplateLearner();
    expect(() => learner.pin(host, 'users/{x}')).to.throw(TypeError, 'must start with "/"');
    expect(() => learner.pin(host, '/users/{x}{y}')).to.throw(TypeError, 'one {parameter}');
    expect(() => learner.forbid(host, '/users')).to.throw(TypeError, 'must end with a {parameter}');
  });

  it('refuses weights of another version', () => {
    const weights = {
      version: 99,
      training: {},
      first: { bias: 0, features: [], weights: [], means: [] },
      second: { bias: 0, features: [], weights: [], means: [] },
      lexicon: [],
    };
    expect(() => new TemplateLearner({ weights })).to.throw('version 99');
    expect(() => new TemplateLearner({ weights: { ...weights, version: 1 } })).to.throw('train again');
  });

  it('says along which templates values need not be kept apart, once very many were seen', () => {
    const few = new TemplateLearner();
    const many = new TemplateLearner();
    for (let i = 0; i < 600; i++) {
      const name = `${String.fromCharCode(97 + (i % 26))}${'aeiou'[i % 5]}${i.toString(26).replace(/\d/g, 'n')}son`;
      for (const learner of i < 20 ? [few, many] : [many]) {
        learner.observe({ host, method: 'GET', segments: ['users', name], status: 200 });
        learner.observe({ host, method: 'GET', segments: ['users', name, 'orders'], status: 200 });
        learner.observe({ host, method: 'GET', segments: ['users', 'me'], status: 200 });
      }
    }
    few.learn();
    many.learn();
    expect(few.collapsible(host)).to.deep.equal([]);
    expect(many.collapsible(host)).to.have.deep.members([
      ['users', 'me'],
      ['users', { name: 'value', kept: false }],
      ['users', { name: 'value', kept: false }, 'orders'],
    ]);
  });

  it('answers an empty learner', () => {
    const learner = new TemplateLearner();
    learner.learn();
    expect(learner.templates()).to.deep.equal([]);
    expect(learner.statistics()).to.deep.equal({ hosts: 0, nodes: 0, foldedNodes: 0, refusedRequests: 0 });
  });
});
