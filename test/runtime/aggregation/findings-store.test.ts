import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import fc from 'fast-check';
import type { StorageLimits } from '../../../runtime/aggregation/config.ts';
import { openDatabase } from '../../../runtime/aggregation/store/database.ts';
import { FindingsStore } from '../../../runtime/aggregation/store/findings-store.ts';
import { PathReader } from '../../../runtime/aggregation/store/path-reader.ts';
import { prepareSchema } from '../../../runtime/aggregation/store/schema.ts';
import { DeltaBuilder } from '../../../runtime/processing/delta-builder.ts';
import {
  type Delta,
  DeltaResult_Outcome,
  type Observation,
} from '../../../runtime/protocol/generated/findings.ts';
import { newObservation, newParameter, observationKey } from '../../../runtime/protocol/observation.ts';
import { TemplateBook } from '../../../runtime/protocol/template-book.ts';
import { anyObservation, canonical } from '../protocol/arbitraries.ts';

const { APPLIED, DUPLICATE, OUT_OF_ORDER } = DeltaResult_Outcome;
const roomy: StorageLimits = {
  connections: 1,
  hosts: 100,
  pathsPerHost: 100,
  parametersPerHost: 10_000,
  parametersPerPath: 100,
};
const noOverflow = { hosts: 0, paths: 0, parameters: 0, hostParameters: 0, evictedHosts: 0, evictedPaths: 0 };

function inMemory(limits = roomy) {
  const database = new DatabaseSync(':memory:');
  prepareSchema(database, ':memory:');
  return { store: new FindingsStore(database, limits), reader: new PathReader(database) };
}

function stateOf(reader: PathReader): unknown {
  const paths = reader.dirtyHosts().flatMap(host => reader.paths(host));
  return paths.map(canonical).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const key = (observation: unknown) => observationKey(observation as Observation);

/** Batches 1… cut into deltas at the given places, as processing would. */
function deltasOf(batches: readonly Observation[][], cuts: readonly boolean[]): Delta[] {
  const builder = new DeltaBuilder();
  const deltas: Delta[] = [];
  for (const [index, batch] of batches.entries()) {
    builder.beginBatch(index + 1);
    for (const observation of batch) builder.add(observation);
    if (cuts[index] || index === batches.length - 1) deltas.push(builder.take('node-a', 'epoch-1'));
  }
  return deltas;
}

function delta(first: number, last: number, observations: Observation[] = []): Delta {
  return { agent: 'node-a', epoch: 'epoch-1', first, last, observations };
}

function observation(host: string, path: string, names: string[] = []): Observation {
  return newObservation({
    host,
    method: 'GET',
    segments: [{ segment: { $case: 'literal', literal: path } }],
    requests: 1,
    firstSeenUs: 1,
    lastSeenUs: 1,
    outcomes: [{ status: 200, content: '', requests: 1 }],
    parameters: names.map(name => newParameter({ location: 1, name, types: [{ type: 'string', count: 1 }] })),
  });
}

const segmentsOf = (...texts: string[]): Observation['segments'] =>
  texts.map(literal => ({ segment: { $case: 'literal', literal } }));

describe('the findings store', () => {
  it('holds the same state however batches are grouped into deltas and however often deltas are repeated', () => {
    const batches = fc.array(fc.array(anyObservation, { maxLength: 4 }), { minLength: 1, maxLength: 6 });
    const cuts = fc.array(fc.boolean(), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(batches, cuts, cuts, fc.array(fc.nat(5)), (items, someCuts, otherCuts, repeats) => {
        const one = inMemory();
        for (const item of deltasOf(items, someCuts))
          expect(one.store.apply(item, 0).outcome).to.equal(APPLIED);
        const other = inMemory();
        const sent = deltasOf(items, otherCuts);
        for (const [index, item] of sent.entries()) {
          expect(other.store.apply(item, 0).outcome).to.equal(APPLIED);
          for (const back of repeats)
            expect(other.store.apply(sent[Math.max(0, index - back)] ?? item, 0).outcome).to.equal(DUPLICATE);
        }
        expect(stateOf(other.reader)).to.deep.equal(stateOf(one.reader));
      }),
      { numRuns: 50 },
    );
  });

  it('applies only what follows the watermark', () => {
    const { store, reader } = inMemory();
    expect(store.watermark('node-a', 'epoch-1', 0)).to.equal(0);
    expect(store.apply(delta(1, 3), 0)).to.include({ outcome: APPLIED, sequence: 3 });
    expect(store.apply(delta(5, 6, [observation('h', 'lost')]), 0)).to.include({
      outcome: OUT_OF_ORDER,
      sequence: 3,
    });
    expect(store.apply(delta(3, 4, [observation('h', 'twice')]), 0)).to.include({ outcome: OUT_OF_ORDER });
    expect(store.apply(delta(2, 3, [observation('h', 'twice')]), 0)).to.include({
      outcome: DUPLICATE,
      sequence: 3,
    });
    expect(stateOf(reader)).to.deep.equal([]);
    expect(store.watermark('node-a', 'epoch-1', 0)).to.equal(3);
    expect(store.watermark('node-a', 'epoch-2', 0)).to.equal(0);
  });

  it('lets an unknown epoch begin anywhere, for agents that outlive the disk', () => {
    const { store } = inMemory();
    expect(store.apply(delta(5001, 5002), 0)).to.include({ outcome: APPLIED, sequence: 5002 });
    expect(store.apply(delta(1, 2), 0)).to.include({ outcome: DUPLICATE });
  });

  it('counts what its limits keep out', () => {
    const { store, reader } = inMemory({ ...roomy, hosts: 2, pathsPerHost: 2, parametersPerPath: 2 });
    const observations = [
      ...['a', 'b', 'c'].map(path => ({ ...observation('one', path), requests: 6 })),
      ...['two', 'three', 'four'].map(host => ({ ...observation(host, 'a'), requests: 6 })),
      observation('one', 'a', ['p', 'q', 'r', 's']),
    ];
    const { overflow } = store.apply(delta(1, 1, observations), 0);
    expect(overflow).to.deep.equal({ ...noOverflow, hosts: 12, paths: 6, parameters: 2 });
    expect(store.apply(delta(2, 2, [observation('one', 'a', ['p', 'x'])]), 0).overflow.parameters).to.equal(
      1,
    );
    expect((stateOf(reader) as unknown[]).length).to.equal(3);
  });

  it('keeps the parameters of a host within a limit of their own', () => {
    const { store, reader } = inMemory({ ...roomy, parametersPerHost: 3 });
    const first = [observation('one', 'a', ['p', 'q']), observation('one', 'b', ['p', 'q', 'r'])];
    expect(store.apply(delta(1, 1, [...first, observation('two', 'a', ['p'])]), 0).overflow).to.deep.equal({
      ...noOverflow,
      hostParameters: 2,
    });
    // Also after a transaction that came to nothing, and in another process.
    const broken = { ...observation('one', 'c', ['p']), lastSeenUs: 1.5 };
    expect(() => store.apply(delta(2, 2, [broken]), 0)).to.throw();
    expect(store.apply(delta(2, 2, first), 0).overflow.hostParameters).to.equal(2);
    const counts = (stateOf(reader) as Observation[]).map(({ parameters }) => parameters.length);
    expect(counts.sort()).to.deep.equal([1, 1, 2]);
  });

  it('lets hosts of few requests make room for new ones, the longest quiet first', () => {
    const { store, reader } = inMemory({ ...roomy, hosts: 3 });
    const at = (host: string, requests: number, lastSeenUs: number) => ({
      ...{ ...observation(host, 'a', ['p']), requests, lastSeenUs },
    });
    store.apply(delta(1, 1, [at('busy', 6, 1), at('newer', 5, 3), at('older', 1, 2)]), 0);
    const { overflow } = store.apply(delta(2, 2, [at('new', 1, 4)]), 0);
    expect(overflow).to.deep.equal({ ...noOverflow, evictedHosts: 1 });
    const hosts = () => (stateOf(reader) as Observation[]).map(({ host }) => host).sort();
    expect(hosts()).to.deep.equal(['busy', 'new', 'newer']);
    // It may come back, and its endpoints are worked out anew, from nothing.
    const evicted = reader.dirtyHosts().find(({ name }) => name === 'older');
    expect(evicted && reader.paths(evicted)).to.deep.equal([]);
    if (evicted !== undefined) {
      reader.begin(evicted.id);
      reader.markClean(evicted.id);
    }
    expect(reader.dirtyHosts()).to.have.length(3);
    expect(store.apply(delta(3, 3, [at('older', 7, 5)]), 0).overflow.evictedHosts).to.equal(1);
    expect(hosts()).to.deep.equal(['busy', 'new', 'older']);
  });

  it('goes on discovering hosts and paths after a scan with thousands of made-up ones', () => {
    const { store, reader } = inMemory({ ...roomy, hosts: 50, pathsPerHost: 40 });
    const junk = Array.from({ length: 2000 }, (_, i) => observation(`junk-${i}`, 'a'));
    const paths = Array.from({ length: 2000 }, (_, i) => observation('shop', `junk-${i}`));
    const real = { ...observation('shop', 'cart'), requests: 100 };
    const { overflow } = store.apply(delta(1, 1, [real, ...junk, ...paths, observation('late', 'b')]), 0);
    expect(overflow).to.include({ hosts: 0, paths: 0 });
    expect(overflow.evictedHosts).to.be.within(1952, 1955);
    expect(overflow.evictedPaths).to.be.within(1961, 1962);
    const state = stateOf(reader) as Observation[];
    expect(state.some(({ host }) => host === 'late')).to.equal(true);
    expect(state.some(({ host, requests }) => host === 'shop' && requests === 100)).to.equal(true);
    expect(state.filter(({ host }) => host === 'shop').length).to.be.at.most(40);
  });

  it('keeps the count of every request when values of learnt parameters make room', () => {
    const database = new DatabaseSync(':memory:');
    prepareSchema(database, ':memory:');
    const book = new TemplateBook();
    const store = new FindingsStore(database, { ...roomy, pathsPerHost: 40 }, book);
    const reader = new PathReader(database);
    const user = (i: number) => observation('shop', `user-${i}`, ['q']);
    const users = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => user(from + i));
    store.apply(delta(1, 1, users(0, 40)), 0);
    const templates = [
      { method: '', segments: [{ segment: { $case: 'parameter' as const, parameter: 'user' } }] },
    ];
    book.update({ host: 'shop', revision: 1, templates });
    const { overflow } = store.apply(delta(2, 2, users(40, 5000)), 0);
    expect(overflow).to.deep.equal(noOverflow);
    const state = stateOf(reader) as Observation[];
    expect(state).to.have.length.within(38, 41);
    expect(state.reduce((sum, { requests }) => sum + requests, 0)).to.equal(5000);
    // What is evicted afterwards joins the same row.
    const literal = (i: number) => ({ ...observation('shop', 'a'), segments: [...segmentsOf('b', `${i}`)] });
    const more = store.apply(
      delta(
        3,
        3,
        Array.from({ length: 60 }, (_, i) => literal(i)),
      ),
      0,
    ).overflow;
    expect(more.evictedPaths).to.be.below(60);
    const total = (stateOf(reader) as Observation[]).reduce((sum, { requests }) => sum + requests, 0);
    expect(total + more.evictedPaths).to.equal(5060);
  });

  it('forgets epochs nobody asks about', () => {
    const { store } = inMemory();
    store.apply(delta(1, 3), 1000);
    store.watermark('node-a', 'epoch-1', 2000);
    expect(store.forgetEpochs(2000)).to.equal(0);
    expect(store.forgetEpochs(2001)).to.equal(1);
  });

  it('lets one process into its directory, and says so to the others and about newer files', () => {
    const directory = mkdtempSync(join(tmpdir(), 'oob-store-'));
    const first = openDatabase(join(directory, 'new', 'data'));
    expect(() => openDatabase(join(directory, 'new', 'data'), 50)).to.throw('give each its own dataDir');
    first.exec('pragma user_version = 99');
    first.close();
    expect(() => openDatabase(join(directory, 'new', 'data'))).to.throw(
      'schema version 99, this program knows 2',
    );
    rmSync(directory, { recursive: true });
    expect(() => openDatabase('/proc/nowhere')).to.throw('Check that dataDir is a writable directory');
  });
});
