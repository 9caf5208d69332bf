import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import type { LearntEndpoint } from '../../../runtime/aggregation/learning/messages.ts';
import { EndpointStore } from '../../../runtime/aggregation/store/endpoint-store.ts';
import { prepareSchema } from '../../../runtime/aggregation/store/schema.ts';
import { Endpoint } from '../../../runtime/protocol/generated/upload.ts';

function endpoint(template: string, requests: number): LearntEndpoint {
  const key = { method: 'GET', template, operation: '' };
  const state = Endpoint.create({ ...key, host: 'h', requests, firstSeenUs: 1, lastSeenUs: 1 });
  return { ...key, state: Endpoint.encode(state).finish() };
}

describe('the endpoint store', () => {
  let store: EndpointStore;
  const pending = () =>
    store.pending(10).map(({ template, revision, removed }) => [template, revision, removed]);
  const replace = (endpoints: LearntEndpoint[], andThen = () => {}) =>
    store.replace('h', endpoints, andThen, async () => {});
  beforeEach(() => {
    const database = new DatabaseSync(':memory:');
    prepareSchema(database, ':memory:');
    store = new EndpointStore(database);
  });

  it('numbers changes, leaves what is equal alone and buries what is gone', async () => {
    expect(await replace([endpoint('/a', 1), endpoint('/b', 1)])).to.equal(2);
    store.confirm(store.pending(10));
    expect(await replace([endpoint('/a', 1), endpoint('/{id}', 1)])).to.equal(2);
    expect(pending()).to.deep.equal([
      ['/{id}', 3, false],
      ['/b', 4, true],
    ]);
  });

  it('keeps pending what changed while an upload was under way', async () => {
    await replace([endpoint('/a', 1)]);
    const sent = store.pending(10);
    await replace([endpoint('/a', 2)]);
    store.confirm(sent);
    expect(pending()).to.deep.equal([['/a', 2, false]]);
  });

  it('drops a tombstone once the cloud has it, and revives the template at a higher revision', async () => {
    await replace([endpoint('/a', 1)]);
    await replace([]);
    store.confirm(store.pending(10));
    expect(store.pendingCount()).to.equal(0);
    store.uploadAgain();
    expect(pending()).to.deep.equal([]);
    await replace([endpoint('/a', 1)]);
    expect(pending()).to.deep.equal([['/a', 3, false]]);
  });

  it('writes many endpoints in slices, and leaves the last word to a transaction of its own', async () => {
    const many = Array.from({ length: 500 }, (_, i) => endpoint(`/a${i}`, 1));
    let failure: unknown;
    await replace(many, () => {
      throw new Error('disk full');
    }).catch(error => {
      failure = error;
    });
    expect(failure).to.be.an('error').with.property('message', 'disk full');
    // The host is still dirty, and doing it again changes nothing that is written already.
    expect(await replace(many)).to.equal(0);
    expect(await replace([])).to.equal(500);
    expect(store.pendingCount()).to.equal(500);
  });

  it('keeps its cluster id', () => {
    expect(store.clusterId())
      .to.match(/^[0-9a-f-]{36}$/)
      .and.equal(store.clusterId());
  });
});
