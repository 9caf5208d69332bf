import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import type { AggregationMetrics } from '../../../runtime/aggregation/aggregation-metrics.ts';
import { noThresholds } from '../../../runtime/aggregation/endpoint.ts';
import { LearningWorker } from '../../../runtime/aggregation/learning/learning-worker.ts';
import { EndpointStore } from '../../../runtime/aggregation/store/endpoint-store.ts';
import { FindingsStore } from '../../../runtime/aggregation/store/findings-store.ts';
import { PathReader } from '../../../runtime/aggregation/store/path-reader.ts';
import { prepareSchema } from '../../../runtime/aggregation/store/schema.ts';
import { UploadLoop } from '../../../runtime/aggregation/upload-loop.ts';
import type { Observation } from '../../../runtime/protocol/generated/findings.ts';
import { newObservation, newParameter } from '../../../runtime/protocol/observation.ts';
import type { Log } from '../../../runtime/service/log.ts';

function observation(host: string, requests: number): Observation {
  return newObservation({
    ...{ host, method: 'GET', requests, firstSeenUs: 1, lastSeenUs: 1 },
    segments: [{ segment: { $case: 'literal', literal: 'a' } }],
    outcomes: [{ status: 200, content: '', requests }],
    parameters: [
      newParameter({ location: 1, name: 'q', requests, types: [{ type: 'string', count: requests }] }),
    ],
  });
}

describe('the upload loop', function () {
  // Each test starts a thread.
  this.timeout(20_000);
  let database: DatabaseSync;
  let store: FindingsStore;
  let endpoints: EndpointStore;
  let paths: PathReader;
  let loop: UploadLoop;
  let failures: number;
  let lines: string[];
  let sent: string[];
  let sequence: number;
  let learning: LearningWorker;

  const add = (...observations: Observation[]) => {
    sequence += 1;
    store.apply({ agent: 'a', epoch: 'e', first: sequence, last: sequence, observations }, 1);
  };

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    prepareSchema(database, ':memory:');
    const limits = {
      connections: 1,
      hosts: 100,
      pathsPerHost: 100,
      parametersPerPath: 100,
      parametersPerHost: 500,
    };
    store = new FindingsStore(database, limits);
    endpoints = new EndpointStore(database);
    paths = new PathReader(database);
    learning = new LearningWorker({ thresholds: noThresholds, templates: { pin: [], forbid: [] } });
    failures = 0;
    lines = [];
    sent = [];
    sequence = 0;
    const metrics = new Proxy({} as AggregationMetrics, {
      get: (_, name) => () => {
        if (name === 'learningFailed') failures += 1;
      },
    });
    const write = (_: object, text: string) => void lines.push(text);
    loop = new UploadLoop({
      ...{ paths, endpoints, learning, metrics, clusterName: 'c', uploadIntervalMs: 10 },
      uploader: {
        send: async upload => {
          sent.push(...upload.endpoints.map(({ host }) => host));
          return { accepted: upload.endpoints.length };
        },
      },
      log: { info: write, warn: write, error: write } as unknown as Log,
    });
  });
  afterEach(async () => {
    await learning.close();
    if (database.isOpen) database.close();
  });

  it('learns hosts whose counts have reached the end of what numbers hold', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    add(observation('large', most));
    add(observation('large', most));
    add(observation('small', 3));
    await loop.learn();
    expect(failures).to.equal(0);
    expect(endpoints.pending(10).map(({ host, requests }) => [host, requests])).to.deep.equal([
      ['large', 2 ** 50],
      ['small', 3],
    ]);
  });

  it('goes on with the other hosts when one cannot be learnt, and says so once', async () => {
    add(observation('broken', 1), observation('fine', 1));
    database.exec(`update paths set state = x'ff' where host = 1`);
    await loop.learn();
    await loop.learn();
    expect(endpoints.pending(10).map(({ host }) => host)).to.deep.equal(['fine']);
    expect(failures).to.equal(2);
    expect(lines).to.deep.equal(['endpoints of a host could not be worked out']);
  });

  it('gives other work a turn while it learns, and learns again what came meanwhile', async () => {
    add(observation('h', 1));
    const learning = loop.learn();
    await new Promise(resolve => setImmediate(resolve));
    add(observation('h', 1));
    await learning;
    expect(paths.dirtyHosts()).to.have.length(1);
    await loop.learn();
    expect(paths.dirtyHosts()).to.deep.equal([]);
    expect(endpoints.pending(10)[0]?.requests).to.equal(2);
  });

  it('answers others all the while it learns', async () => {
    const paths = Array.from({ length: 100 }, (_, i) => ({
      ...observation('large', 1),
      segments: ['users', `u${i.toString(26)}x`].map(literal => ({
        segment: { $case: 'literal' as const, literal },
      })),
    }));
    add(...paths);
    let turns = 0;
    let learnt = false;
    const learning = loop.learn().then(() => {
      learnt = true;
    });
    while (!learnt) {
      await new Promise(resolve => setImmediate(resolve));
      turns += 1;
    }
    await learning;
    // The thread does the work: reading and writing a host takes a handful of turns.
    expect(turns).to.be.above(20);
    expect(endpoints.pendingCount()).to.equal(1);
  });

  it('stops in order, with a last upload, when nothing can be written', async () => {
    add(observation('before', 1));
    await loop.learn();
    add(observation('after', 1));
    database.exec('pragma query_only = on');
    await loop.stop(1000);
    expect(sent).to.deep.equal(['before']);
    expect(lines).to.contain('endpoints of a host could not be worked out');
  });

  it('stops in order when nothing can be read', async () => {
    database.close();
    await loop.stop(1000);
    expect(sent).to.deep.equal([]);
  });
});
