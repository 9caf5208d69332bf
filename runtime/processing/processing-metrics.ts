import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../service/metrics.ts';

export interface ProcessingMetrics {
  exchange(result: string): void;
  body(result: string): void;
  mislabelledBody(): void;
  droppedParameters(count: number): void;
  delta(outcome: string): void;
  batch(bytes: number): void;
  agentDropped(cause: string, exchanges: number): void;
  rejectedConnection(reason: string): void;
  protocolError(): void;
  agents(connected: number): void;
  /** Exchanges sent to the replica that owns their connection, by what came of it. */
  forwarded(outcome: 'answered' | 'taken-back', exchanges: number): void;
  /** This one and those it reaches. */
  replicas(reachable: number): void;
}

/** Causes come from the agents; the number of label values stays bounded whatever they send. */
const maxCauses = 32;

export function processingMetrics(registry: Metrics): ProcessingMetrics {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `oob_processing_${name}`, help, labelNames, registers });
  const exchanges = counter(
    'exchanges_total',
    'Exchanges by what became of them; resent ones count again.',
    'result',
  );
  const bodies = counter(
    'request_bodies_total',
    'Request bodies of admitted exchanges, by outcome.',
    'result',
  );
  const mislabelled = counter(
    'mislabelled_request_bodies_total',
    'Request bodies read as something else than their Content-Type says.',
  );
  const parameters = counter('dropped_parameters_total', 'Parameters left out because of a limit.');
  const deltas = counter('deltas_total', 'Deltas answered by aggregation.', 'outcome');
  const batches = counter('batches_total', 'Batches received from agents.');
  const bytes = counter('batch_bytes_total', 'Bytes of batches received from agents.');
  const dropped = counter(
    'agent_dropped_exchanges_total',
    'Exchanges that agents gave up, by cause.',
    'cause',
  );
  const rejected = counter(
    'rejected_connections_total',
    'Connections turned away on the mirror port.',
    'reason',
  );
  const errors = counter('protocol_errors_total', 'Agent connections closed for breaking the protocol.');
  const agents = new Gauge({ name: 'oob_processing_agents', help: 'Connected agents.', registers });
  const forwarded = counter(
    'forwarded_exchanges_total',
    'Exchanges sent to the replica that owns their connection; those taken back were read here.',
    'outcome',
  );
  const replicas = new Gauge({
    name: 'oob_processing_replicas',
    help: 'Replicas of the mesh that are reachable, this one included.',
    registers,
  });
  replicas.set(1);
  const causes = new Set<string>();
  return {
    exchange: result => exchanges.inc({ result }),
    body: result => bodies.inc({ result }),
    mislabelledBody: () => mislabelled.inc(),
    droppedParameters: count => parameters.inc(count),
    delta: outcome => deltas.inc({ outcome }),
    batch: size => {
      batches.inc();
      bytes.inc(size);
    },
    agentDropped: (cause, count) => {
      const known = causes.has(cause) || (causes.size < maxCauses && /^[\w-]{1,48}$/.test(cause));
      if (known) causes.add(cause);
      dropped.inc({ cause: known ? cause : 'other' }, count);
    },
    rejectedConnection: reason => rejected.inc({ reason }),
    protocolError: () => errors.inc(),
    agents: connected => agents.set(connected),
    forwarded: (outcome, count) => forwarded.inc({ outcome }, count),
    replicas: reachable => replicas.set(reachable),
  };
}
