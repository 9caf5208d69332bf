import { pino } from 'pino';
import { Registry } from 'prom-client';
import { cloudMetrics } from '../../../runtime/cloud/cloud-metrics.ts';
import { FailureLimiter } from '../../../runtime/cloud/rest/failure-limiter.ts';
import { SqliteStorage } from '../../../runtime/cloud/storage/sqlite-storage.ts';
import {
  type EndpointQuery,
  type EndpointState,
  type IngestBatch,
  noDetails,
  type ParameterState,
} from '../../../runtime/cloud/storage/storage.ts';

export const token = 'a-token-of-these-tests-1234567890';

/** 2026-01-02T03:04:05Z in microseconds. */
export const seenUs = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000;

export function parameter(
  part: Omit<ParameterState, 'format' | 'distinctValues' | 'sensitive'> & Partial<ParameterState>,
): ParameterState {
  return { format: '', distinctValues: 0, sensitive: [], ...part };
}

export function endpoint(part: Partial<EndpointState> = {}): EndpointState {
  return {
    host: 'api.example.test',
    method: 'GET',
    template: '/api/v1/users/{user_id}',
    revision: 1,
    removed: false,
    requests: 12,
    firstSeenUs: seenUs,
    lastSeenUs: seenUs + 60_000_000,
    statuses: [
      { status: 200, requests: 10 },
      { status: 404, requests: 2 },
    ],
    parameters: [
      parameter({ location: 'path', name: 'user_id', type: 'integer', required: true, requests: 12 }),
      parameter({ location: 'query', name: 'verbose', type: 'boolean', required: false, requests: 3 }),
    ],
    ...noDetails,
    ...part,
  };
}

export function batch(endpoints: readonly EndpointState[], cluster = 'cluster-a'): IngestBatch {
  return { cluster, clusterName: `name of ${cluster}`, endpoints };
}

export function query(part: Partial<EndpointQuery> = {}): EndpointQuery {
  return { hosts: [], methods: [], terms: [], sort: [], limit: 100, offset: 0, ...part };
}

/** What both listeners need, over a database in memory. Log lines are kept. */
export function parts() {
  const lines: string[] = [];
  const storage = new SqliteStorage(':memory:');
  const registry = new Registry();
  return {
    token,
    version: '0.0.0-test',
    storage,
    registry,
    metrics: cloudMetrics(registry, storage),
    limiter: new FailureLimiter({ burst: 5 }),
    log: pino({ level: 'debug' }, { write: line => void lines.push(line) }),
    lines,
  };
}
