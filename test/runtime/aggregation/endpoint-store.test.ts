import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { EndpointStore } from '../../../runtime/aggregation/store/endpoint-store.ts';
import { prepareSchema } from '../../../runtime/aggregation/store/schema.ts';
import { Endpoint } from '../../../runtime/protocol/generated/upload.ts';

function endpoint(template: string, requests: number): Endpoint {
  return Endpoint.create({ host: 'h', method: 'GET', template, requests, firstSeenUs: 1, lastSeenUs: 1 });
}

describe('the endpoint store', () => {
  let store: EndpointStore;
  const pending = () =>
    store.pending(10).map(({ template, revision, removed }) => [template, revision, removed]);
  beforeEach(() => {
    const database = new DatabaseSync(':memory:');
    prepareSchema(database, ':memory:');
    store = new EndpointStore(database);
  });

  it('numbers changes, leaves what is equal alone and buries what is gone', () => {
    expect(store.replace('h', [endpoint('/a', 1), endpoint('/b', 1)], () => {})).to.equal(2);
    store.confirm(store.pending(10));
    expect(store.replace('h', [endpoint('/a', 1), endpoint('/{id}', 1)], () => {})).to.equal(2);
    expect(pending()).to.deep.equal([
      ['/{id}', 3, false],
      ['/b', 4, true],
    ]);
  });

  it('keeps pending what changed while an upload was under way', () => {
    store.replace('h', [endpoint('/a', 1)], () => {});
    const sent = store.pending(10);
    store.replace('h', [endpoint('/a', 2)], () => {});
    store.confirm(sent);
    expect(pending()).to.deep.equal([['/a', 2, false]]);
  });

  it('drops a tombstone once the cloud has it, and revives the template at a higher revision', () => {
    store.replace('h', [endpoint('/a', 1)], () => {});
    store.replace('h', [], () => {});
    store.confirm(store.pending(10));
    expect(store.pendingCount()).to.equal(0);
    store.uploadAgain();
    expect(pending()).to.deep.equal([]);
    store.replace('h', [endpoint('/a', 1)], () => {});
    expect(pending()).to.deep.equal([['/a', 3, false]]);
  });

  it('changes nothing when the surrounding transaction fails', () => {
    expect(() =>
      store.replace('h', [endpoint('/a', 1)], () => {
        throw new Error('disk full');
      }),
    ).to.throw('disk full');
    expect(pending()).to.deep.equal([]);
  });

  it('keeps its cluster id', () => {
    expect(store.clusterId())
      .to.match(/^[0-9a-f-]{36}$/)
      .and.equal(store.clusterId());
  });
});
