import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import fc from 'fast-check';
import { endpointsOf } from '../../../runtime/aggregation/endpoints.ts';
import { TemplateLearner } from '../../../runtime/aggregation/learner/template-learner.ts';
import { pathCounters } from '../../../runtime/aggregation/path-counters.ts';
import { FindingsStore } from '../../../runtime/aggregation/store/findings-store.ts';
import { PathReader } from '../../../runtime/aggregation/store/path-reader.ts';
import { prepareSchema } from '../../../runtime/aggregation/store/schema.ts';
import { type Delta, DeltaResult_Outcome } from '../../../runtime/protocol/generated/findings.ts';
import { Endpoint } from '../../../runtime/protocol/generated/upload.ts';
import { anyObservation } from '../protocol/arbitraries.ts';

const limits = {
  ...{ connections: 1, hosts: 100, pathsPerHost: 1000 },
  ...{ parametersPerHost: 10_000, parametersPerPath: 500 },
};
const replicas = 3;

/** What each replica sends, in order: deltas of an agent epoch of its own. */
const streams = fc
  .array(fc.array(fc.array(anyObservation, { maxLength: 5 }), { minLength: 1, maxLength: 4 }), {
    minLength: replicas,
    maxLength: replicas,
  })
  .map(all =>
    all.map((deltas, replica) =>
      deltas.map(
        (observations, i): Delta => ({
          ...{ agent: `node-${replica}`, epoch: 'e', first: i + 1, last: i + 1, observations },
        }),
      ),
    ),
  );

/** Which replica sends next, and whether what it sent last comes again. */
const schedule = fc.array(fc.record({ replica: fc.nat(replicas - 1), replay: fc.boolean() }), {
  minLength: 10,
  maxLength: 40,
});

/** Everything that is kept, as text: paths and watermarks on disk, the learner's counters, the endpoints. */
function stateAfter(
  sent: readonly (readonly Delta[])[],
  order: { replica: number; replay: boolean }[],
): string {
  const database = new DatabaseSync(':memory:');
  prepareSchema(database, ':memory:');
  const store = new FindingsStore(database, limits);
  const next = sent.map(() => 0);
  const rest = sent.flatMap((deltas, replica) => deltas.map(() => ({ replica, replay: false })));
  for (const { replica, replay } of [...order, ...rest]) {
    const deltas = sent[replica] ?? [];
    const index = next[replica] ?? 0;
    if (replay && index > 0)
      expect(store.apply(deltas[index - 1] as Delta, 1).outcome).to.equal(DeltaResult_Outcome.DUPLICATE);
    const delta = deltas[index];
    if (delta === undefined) continue;
    expect(store.apply(delta, 1).outcome).to.equal(DeltaResult_Outcome.APPLIED);
    next[replica] = index + 1;
  }
  const rows = database
    .prepare(
      'select h.name, p.key, hex(p.state) as state from paths p join hosts h on h.id = p.host order by 1, 2',
    )
    .all();
  const marks = database.prepare('select * from watermarks order by agent').all();
  const learner = new TemplateLearner();
  const reader = new PathReader(database);
  const endpoints = reader.dirtyHosts().flatMap(host => {
    const paths = reader.paths(host);
    for (const path of paths) learner.observePath(pathCounters(path));
    return endpointsOf(host.name, paths).map(endpoint =>
      Buffer.from(Endpoint.encode(endpoint).finish()).toString('hex'),
    );
  });
  database.close();
  return JSON.stringify([rows, marks, learner.toState(), endpoints.sort()]);
}

describe('the state of aggregation', () => {
  it('is the same bytes whatever the order in which replicas send and repeat their deltas', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(streams, schedule, schedule, (sent, one, other) => {
        expect(stateAfter(sent, one)).to.equal(stateAfter(sent, other));
      }),
      { numRuns: 60 },
    );
  });
});
