import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '../service/metrics.ts';
import type { Overflow } from './store/findings-store.ts';

export interface AggregationMetrics {
  delta(outcome: string): void;
  overflow(overflow: Overflow): void;
  learnt(seconds: number, changed: number): void;
  learningFailed(): void;
  upload(result: string): void;
  pendingEndpoints(count: number): void;
  rejectedConnection(reason: string): void;
  protocolError(): void;
}

export function aggregationMetrics(registry: Metrics): AggregationMetrics {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `oob_aggregation_${name}`, help, labelNames, registers });
  const deltas = counter('deltas_total', 'Deltas from processing, by outcome.', 'outcome');
  const overflow = counter(
    'overflow_total',
    'Left out because of a limit: requests, or parameters.',
    'limit',
  );
  const evicted = counter('evicted_total', 'Hosts and paths of few requests deleted to make room.', 'kind');
  const changed = counter('changed_endpoints_total', 'Endpoints that came, went or changed.');
  const failures = counter('learning_failures_total', 'Hosts whose endpoints could not be worked out.');
  const uploads = counter('uploads_total', 'Uploads to the cloud, by result.', 'result');
  const rejected = counter(
    'rejected_connections_total',
    'Connections turned away on the findings port.',
    'reason',
  );
  const errors = counter('protocol_errors_total', 'Processing connections closed for breaking the protocol.');
  const pending = new Gauge({
    name: 'oob_aggregation_pending_endpoints',
    help: 'Changed endpoints that the cloud has not confirmed.',
    registers,
  });
  const learning = new Histogram({
    name: 'oob_aggregation_learning_seconds',
    help: 'Time to work out the endpoints of one host.',
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  return {
    delta: outcome => deltas.inc({ outcome }),
    overflow: ({ hosts, paths, parameters, hostParameters, evictedHosts, evictedPaths }) => {
      overflow.inc({ limit: 'hosts' }, hosts);
      overflow.inc({ limit: 'paths-per-host' }, paths);
      overflow.inc({ limit: 'parameters-per-path' }, parameters);
      overflow.inc({ limit: 'parameters-per-host' }, hostParameters);
      evicted.inc({ kind: 'hosts' }, evictedHosts);
      evicted.inc({ kind: 'paths' }, evictedPaths);
    },
    learnt: (seconds, endpoints) => {
      learning.observe(seconds);
      changed.inc(endpoints);
    },
    learningFailed: () => failures.inc(),
    upload: result => uploads.inc({ result }),
    pendingEndpoints: count => pending.set(count),
    rejectedConnection: reason => rejected.inc({ reason }),
    protocolError: () => errors.inc(),
  };
}
