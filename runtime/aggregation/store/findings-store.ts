// What processing has learnt, merged: the statistics of every path, and how far each agent's batches are in them.
import type { DatabaseSync } from 'node:sqlite';
import {
  type Delta,
  DeltaResult_Outcome,
  Observation,
  type Parameter,
} from '../../protocol/generated/findings.ts';
import { ObservationSum, parameterKey, segmentsKey } from '../../protocol/observation.ts';
import type { TemplateBook } from '../../protocol/template-book.ts';
import type { StorageLimits } from '../config.ts';
import { transaction } from './database.ts';
import { Eviction } from './eviction.ts';

export interface ApplyResult {
  outcome: DeltaResult_Outcome;
  /** Watermark afterwards. */
  sequence: number;
  overflow: Overflow;
}

/** What limits kept out: requests of further hosts and paths, parameters of known paths; and what made room. */
export interface Overflow {
  hosts: number;
  paths: number;
  parameters: number;
  hostParameters: number;
  evictedHosts: number;
  evictedPaths: number;
}

const noOverflow: Overflow = {
  hosts: 0,
  paths: 0,
  parameters: 0,
  hostParameters: 0,
  evictedHosts: 0,
  evictedPaths: 0,
};

/** Values of new paths are replaced from this share of `pathsPerHost` on: below it they are evidence. */
const collapseFrom = 0.25;

export class FindingsStore {
  readonly #database: DatabaseSync;
  readonly #limits: StorageLimits;
  readonly #sql;
  readonly #eviction: Eviction;
  readonly #templates: Pick<TemplateBook, 'collapse'> | undefined;
  /** Parameters of the paths of a host, by its id; read when first needed. */
  readonly #hostParameters = new Map<number, number>();

  /** `templates`: what is learnt about paths, to make room for new ones without losing counts. */
  constructor(database: DatabaseSync, limits: StorageLimits, templates?: Pick<TemplateBook, 'collapse'>) {
    this.#database = database;
    this.#limits = limits;
    this.#templates = templates;
    this.#eviction = new Eviction(database);
    this.#sql = statements(database);
  }

  /** Highest batch whose findings are stored; 0 when the epoch is unknown. `nowMs` keeps the epoch from being forgotten. */
  watermark(agent: string, epoch: string, nowMs: number): number {
    const row = this.#sql.watermark.get(agent, epoch);
    if (row === undefined) return 0;
    this.#sql.touch.run(nowMs, agent, epoch);
    return Number(row.sequence);
  }

  /**
   * Stores a delta, or finds that it is stored already, in one transaction. When this returns APPLIED the findings
   * survive anything but the loss of the disk. An unknown epoch may begin at any batch: the agent keeps only what was
   * never acknowledged, so what came before is either stored elsewhere or lost with an earlier disk.
   */
  apply(delta: Delta, nowMs: number): ApplyResult {
    const overflow: Overflow = { ...noOverflow };
    const work = (): ApplyResult => {
      const row = this.#sql.watermark.get(delta.agent, delta.epoch);
      const before = row === undefined ? undefined : Number(row.sequence);
      if (before !== undefined && delta.last <= before)
        return { outcome: DeltaResult_Outcome.DUPLICATE, sequence: before, overflow };
      if (before !== undefined && delta.first !== before + 1)
        return { outcome: DeltaResult_Outcome.OUT_OF_ORDER, sequence: before, overflow };
      for (const observation of delta.observations) this.#merge(observation, overflow);
      this.#sql.setWatermark.run(delta.agent, delta.epoch, delta.last, nowMs);
      return { outcome: DeltaResult_Outcome.APPLIED, sequence: delta.last, overflow };
    };
    try {
      return transaction(this.#database, work);
    } catch (error) {
      // What was counted is not stored.
      this.#hostParameters.clear();
      throw error;
    }
  }

  /** Forgets agent epochs that no agent has asked about or written to since `beforeMs`. Returns how many. */
  forgetEpochs(beforeMs: number): number {
    return Number(this.#sql.forget.run(beforeMs).changes);
  }

  #merge(given: Observation, overflow: Overflow): void {
    let observation = given;
    const host = this.#host(observation.host, overflow);
    if (host === undefined) {
      overflow.hosts += observation.requests;
      return;
    }
    let key = pathKey(observation);
    let row = this.#sql.path.get(host.id, key);
    if (row === undefined && host.paths >= this.#limits.pathsPerHost * collapseFrom) {
      const collapsed = this.#collapse(observation);
      if (collapsed !== undefined) {
        observation = collapsed;
        key = pathKey(collapsed);
        row = this.#sql.path.get(host.id, key);
      }
    }
    if (row === undefined && host.paths >= this.#limits.pathsPerHost) {
      if (!this.#evictPaths(host.id, overflow)) {
        overflow.paths += observation.requests;
        return;
      }
      // What was evicted may have become this path.
      row = this.#sql.path.get(host.id, key);
    }
    const sum = new ObservationSum(observation);
    const stored = row && Observation.decode(row.state as Uint8Array);
    if (stored !== undefined) sum.add(stored);
    const known = new Set(stored?.parameters.map(parameterKey));
    sum.add({ ...observation, parameters: this.#withinLimits(host.id, known, observation, overflow) });
    const total = sum.toObservation();
    const state = Observation.encode(total).finish();
    const { length: parameters } = total.parameters;
    if (row !== undefined)
      this.#sql.setPath.run(total.requests, total.lastSeenUs, parameters, state, Number(row.id));
    else {
      this.#sql.newPath.run(host.id, key, total.requests, total.lastSeenUs, parameters, state);
      this.#sql.countPath.run(host.id);
    }
    if (parameters > known.size)
      this.#hostParameters.set(host.id, this.#parametersOf(host.id) + parameters - known.size);
    this.#sql.markDirty.run(host.id);
  }

  /** With values replaced that need not be kept apart; undefined when there are none. */
  #collapse(observation: Observation): Observation | undefined {
    const segments = this.#templates?.collapse(observation.host, observation.segments);
    return segments && { ...observation, segments };
  }

  /** Parameters that the path has already, and new ones for which there is room. */
  #withinLimits(
    host: number,
    known: ReadonlySet<string>,
    { parameters }: Observation,
    overflow: Overflow,
  ): Parameter[] {
    const ofHost = this.#parametersOf(host);
    let added = 0;
    return parameters.filter(parameter => {
      if (known.has(parameterKey(parameter))) return true;
      if (known.size + added >= this.#limits.parametersPerPath) overflow.parameters += 1;
      else if (ofHost + added >= this.#limits.parametersPerHost) overflow.hostParameters += 1;
      else {
        added += 1;
        return true;
      }
      return false;
    });
  }

  #parametersOf(host: number): number {
    let count = this.#hostParameters.get(host);
    if (count === undefined) {
      count = Number(this.#sql.parametersOf.get(host)?.count);
      this.#hostParameters.set(host, count);
    }
    return count;
  }

  #host(name: string, overflow: Overflow): { id: number; paths: number } | undefined {
    const row = this.#sql.host.get(name);
    const known = row && { id: Number(row.id), paths: Number(row.paths) };
    // One without paths was evicted and begins anew.
    if (known !== undefined && known.paths > 0) return known;
    if (Number(this.#sql.hostCount.get()?.count) >= this.#limits.hosts && !this.#evictHosts(overflow))
      return undefined;
    return known ?? { id: Number(this.#sql.newHost.get(name)?.id), paths: 0 };
  }

  #evictHosts(overflow: Overflow): boolean {
    const evicted = this.#eviction.hosts(this.#limits.hosts);
    for (const id of evicted) this.#hostParameters.delete(id);
    overflow.evictedHosts += evicted.length;
    return evicted.length > 0;
  }

  /** Paths along learnt templates join the template's row; the others go, with their counts. */
  #evictPaths(host: number, overflow: Overflow): boolean {
    const evicted = this.#eviction.paths(host, this.#limits.pathsPerHost);
    if (evicted.length === 0) return false;
    this.#hostParameters.delete(host);
    for (const state of evicted) {
      const collapsed = this.#collapse(Observation.decode(state));
      if (collapsed === undefined) overflow.evictedPaths += 1;
      else this.#merge(collapsed, overflow);
    }
    return true;
  }
}

/** What tells the paths of a host apart. */
function pathKey({ method, segments, protocol, operation }: Observation): string {
  return JSON.stringify([method, segmentsKey(segments), protocol, operation]);
}

function statements(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    watermark: prepare('select sequence from watermarks where agent = ? and epoch = ?'),
    touch: prepare('update watermarks set touched_ms = ? where agent = ? and epoch = ?'),
    setWatermark: prepare(
      `insert into watermarks (agent, epoch, sequence, touched_ms) values (?, ?, ?, ?)
       on conflict do update set sequence = excluded.sequence, touched_ms = excluded.touched_ms`,
    ),
    forget: prepare('delete from watermarks where touched_ms < ?'),
    host: prepare('select id, paths from hosts where name = ?'),
    hostCount: prepare('select count(*) as count from hosts where paths > 0'),
    newHost: prepare('insert into hosts (name) values (?) returning id'),
    markDirty: prepare('update hosts set dirty = 1 where id = ? and dirty <> 1'),
    countPath: prepare('update hosts set paths = paths + 1 where id = ?'),
    path: prepare('select id, state from paths where host = ? and key = ?'),
    newPath: prepare(
      `insert into paths (host, key, requests, last_seen_us, parameters, state) values (?, ?, ?, ?, ?, ?)`,
    ),
    setPath: prepare(
      'update paths set requests = ?, last_seen_us = ?, parameters = ?, state = ? where id = ?',
    ),
    parametersOf: prepare('select coalesce(sum(parameters), 0) as count from paths where host = ?'),
  };
}
