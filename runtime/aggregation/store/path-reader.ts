// Reads the stored paths of a host for the template learner.
import type { DatabaseSync } from 'node:sqlite';
import type { Observation, Parameter } from '../../protocol/generated/findings.ts';
import { maxTotalCount } from '../../protocol/limits.ts';
import { newObservation, newParameter, segmentsFromKey } from '../../protocol/observation.ts';

export interface DirtyHost {
  id: number;
  name: string;
}

export class PathReader {
  readonly #sql;

  constructor(database: DatabaseSync) {
    this.#sql = {
      // 2: being learnt. News sets it back to 1, so that it is not taken for clean; after a crash it is still not 0.
      begin: database.prepare('update hosts set dirty = 2 where dirty = 1'),
      dirty: database.prepare('select id, name from hosts where dirty > 0 order by id'),
      clean: database.prepare('update hosts set dirty = 0 where id = ? and dirty = 2'),
      dropEmpty: database.prepare('delete from hosts where id = ? and paths = 0 and dirty = 0'),
      paths: database.prepare(
        `select id, method, segments, ${bounded('requests')}, first_seen_us, last_seen_us from paths
         where host = ? order by id`,
      ),
      statuses: database.prepare(
        `select s.path, s.status, ${bounded('s.requests', 'requests')} from path_statuses s join paths p on p.id = s.path
         where p.host = ? order by s.path, s.status`,
      ),
      parameters: database.prepare(
        `select q.path, q.location, q.name, q.type, ${bounded('q.count', 'count')} from path_parameters q join paths p on p.id = q.path
         where p.host = ? order by q.path, q.location, q.name, q.type`,
      ),
    };
  }

  /** Hosts with observations since `markClean`; what comes from now on is news again. */
  dirtyHosts(): DirtyHost[] {
    this.#sql.begin.run();
    return this.#sql.dirty.all().map(row => ({ id: Number(row.id), name: String(row.name) }));
  }

  /** Unless observations have come since `dirtyHosts`. Forgets a host that was evicted. */
  markClean(hostId: number): void {
    this.#sql.clean.run(hostId);
    this.#sql.dropEmpty.run(hostId);
  }

  /** Every path of a host with its statistics, in the order in which they were first seen. */
  paths({ id, name }: DirtyHost): Observation[] {
    const paths = new Map<number, Observation>();
    for (const row of this.#sql.paths.iterate(id))
      paths.set(
        Number(row.id),
        newObservation({
          host: name,
          method: String(row.method),
          segments: segmentsFromKey(String(row.segments)),
          requests: Number(row.requests),
          firstSeenUs: Number(row.first_seen_us),
          lastSeenUs: Number(row.last_seen_us),
        }),
      );
    for (const row of this.#sql.statuses.iterate(id))
      paths
        .get(Number(row.path))
        ?.outcomes.push({ status: Number(row.status), content: '', requests: Number(row.requests) });
    let parameter: Parameter | undefined;
    for (const row of this.#sql.parameters.iterate(id)) {
      // The row with type '' comes first (the order above) and opens the parameter.
      if (row.type === '') {
        parameter = newParameter({
          location: Number(row.location) as Parameter['location'],
          name: String(row.name),
          requests: Number(row.count),
        });
        paths.get(Number(row.path))?.parameters.push(parameter);
      } else parameter?.types.push({ type: String(row.type), count: Number(row.count) });
    }
    return [...paths.values()];
  }
}

/** Earlier versions stored sums that JavaScript cannot read. */
function bounded(column: string, name = column): string {
  return `min(${column}, ${maxTotalCount}) as ${name}`;
}
