import { expect } from 'chai';
import { admitted } from '../../../bench/discovery/exchange.ts';
import { readApi } from '../../../bench/discovery/openapi.ts';
import { namedShape } from '../../../bench/discovery/shapes.ts';
import { Traffic } from '../../../bench/discovery/traffic.ts';

const document = {
  openapi: '3.0.0',
  servers: [{ url: 'https://pets.example/v2' }],
  paths: {
    '/pets': {
      get: {
        parameters: [{ name: 'limit', in: 'query', required: true, schema: { type: 'integer' } }],
        responses: { 200: { content: { 'application/json': {} } } },
      },
      post: {
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } },
        responses: { 201: {} },
      },
    },
    '/pets/{petId}': {
      get: {
        parameters: [{ name: 'petId', in: 'path', schema: { type: 'string', format: 'uuid' } }],
        responses: { 200: {} },
      },
    },
    '/pets/{pet}': { get: {} },
    '/odd?x={y}': { get: {} },
  },
  components: {
    schemas: {
      Pet: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, parent: { $ref: '#/components/schemas/Pet' } },
      },
    },
  },
};

describe('Traffic', () => {
  const api = readApi('pets.example', document);

  it('reads operations with base path, without doubles and without paths that are none', () => {
    expect(api.operations.map(o => `${o.method} /${o.segments.join('/')}`)).to.deep.equal([
      'GET /v2/pets',
      'POST /v2/pets',
      'GET /v2/pets/{petId}',
    ]);
  });

  it('is the same for the same seed and different for another', () => {
    const shape = namedShape('default', 10);
    const lines = (seed: string) => [...new Traffic(api, shape, seed)].map(line => JSON.stringify(line));
    expect(lines('a')).to.deep.equal(lines('a'));
    expect(lines('a')).to.not.deep.equal(lines('b'));
  });

  it('follows the document: required query, body of the schema, values of the format, noise between', () => {
    const traffic = new Traffic(api, namedShape('default', 60), 'x');
    const all = [...traffic];
    expect(traffic.kinds).to.deep.equal(['static', 'static', 'shape']);
    const ofOperation = (i: number) => all.filter(line => line.truth === i).map(line => line.exchange);
    expect(ofOperation(0).every(exchange => /^limit=\d+/.test(exchange.query))).to.equal(true);
    expect(ofOperation(1).every(exchange => Object.hasOwn(exchange.body as object, 'name'))).to.equal(true);
    expect(
      ofOperation(2).filter(exchange => /^\/v2\/pets\/[0-9a-f-]{36}$/.test(exchange.path)).length,
    ).to.be.above(ofOperation(2).length * 0.9);
    const share = all.filter(line => line.truth < 0).length / all.length;
    expect(share).to.be.within(0.08, 0.18);
    expect(all.filter(line => admitted(line.exchange)).length).to.be.within(
      all.length * 0.7,
      all.length * 0.95,
    );
  });
});
