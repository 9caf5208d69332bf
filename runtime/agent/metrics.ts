import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../service/metrics.ts';
import type { Capture } from './capture/capture.ts';
import type { MirrorClient } from './delivery/mirror-client.ts';
import type { ExchangeAssembler } from './exchange/assembler.ts';

/** What the capture's counters are called, with their unit; the help text says what they mean. */
const captureMetrics = {
  records: ['records_total', 'Records read from the kernel'],
  bytes: ['bytes_total', 'Bytes of traffic read from the kernel'],
  ringFullRecords: ['ring_full_records_total', 'Records lost because a ring buffer was full'],
  ringFullBytes: ['ring_full_bytes_total', 'Bytes of traffic lost because a ring buffer was full'],
  copyFaultBytes: ['copy_fault_bytes_total', 'Bytes that could not be read from the memory of the process'],
  notCopiedBytes: ['not_copied_bytes_total', 'Bytes left out on purpose: response bodies'],
  unseenBytes: ['unseen_bytes_total', 'Bytes that passed in ways the programs cannot read'],
  controlRecordsLost: [
    'control_records_lost_total',
    'Opens, closes and gaps lost because a ring buffer was full',
  ],
  notHttpBytes: ['not_http_bytes_total', 'Bytes of connections that do not carry HTTP'],
  roleUnknownBytes: [
    'role_unknown_bytes_total',
    'Bytes of connections of which it is unknown who opened them',
  ],
  afterCloseBytes: ['after_close_bytes_total', 'Bytes seen after the close of their connection'],
  tlsUnassociatedBytes: [
    'tls_unassociated_bytes_total',
    'Bytes from a TLS library whose connection is unknown',
  ],
  tlsUncoveredConnections: [
    'tls_uncovered_connections_total',
    'Closed TLS connections of processes that called no probed TLS library',
  ],
  stateFull: ['state_full_total', 'Connections not followed because a kernel map was full'],
  batches: ['batches_total', 'Batches of records handed over'],
  malformedRecords: ['malformed_records_total', 'Records that break the format: a defect'],
  tlsLibraryFailures: ['tls_library_failures_total', 'TLS libraries that could not be probed'],
} as const;

/** Registers the agent's metrics; each is read when it is scraped. */
export function registerAgentMetrics(
  metrics: Metrics,
  {
    capture,
    assembler,
    delivery,
  }: { capture: Capture; assembler: ExchangeAssembler; delivery: MirrorClient },
): void {
  const { counters } = assembler;
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name: `oob_agent_${name}`,
      help,
      registers: [metrics],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  const labelled = (name: string, help: string, label: string, read: () => Record<string, number>): void => {
    new Counter({
      name: `oob_agent_${name}`,
      help,
      labelNames: [label],
      registers: [metrics],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  };
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `oob_agent_${name}`,
      help,
      registers: [metrics],
      collect() {
        this.set(read());
      },
    });
  };

  counter('exchanges_total', 'Exchanges assembled', () => counters.exchanges);
  counter('exchanges_without_response_total', 'Exchanges without a response', () => counters.withoutResponse);
  labelled(
    'exchanges_dropped_total',
    'Exchanges given up, by cause',
    'cause',
    () => delivery.counters.dropped,
  );
  labelled('losses_total', 'Times message boundaries were lost, by cause', 'cause', () => counters.losses);
  counter(
    'foreign_connections_total',
    'Connections that carry neither HTTP/1 nor HTTP/2',
    () => counters.foreignConnections,
  );
  counter(
    'unknown_requests_total',
    'HTTP/2 requests whose method or path was sent before the capture began',
    () => counters.unknownRequests,
  );
  counter(
    'unproven_requests_total',
    'Requests found on older connections on which no HTTP response was seen',
    () => counters.unprovenRequests,
  );
  counter(
    'unprocessed_requests_total',
    'Requests read but not processed: the server had ended the connection, or refused the stream',
    () => counters.unprocessedRequests,
  );
  counter('orphan_responses_total', 'Responses whose request is unknown', () => counters.orphanResponses);
  counter(
    'pairing_given_up_total',
    'Pipelined connections whose responses are ignored after a loss',
    () => counters.pairingGivenUp,
  );
  counter(
    'streams_evicted_total',
    'HTTP/2 streams given up because too many were open at once on their connection',
    () => counters.streamsEvicted,
  );
  counter(
    'connections_evicted_total',
    'Connections forgotten to bound memory',
    () => counters.connectionsEvicted,
  );
  counter(
    'connections_aged_out_total',
    'Connections forgotten after hours of silence',
    () => counters.connectionsAgedOut,
  );
  counter(
    'unknown_connection_events_total',
    'Events of connections that are not known',
    () => counters.unknownConnectionEvents,
  );
  counter(
    'header_fields_dropped_total',
    'Header fields beyond 200 per message',
    () => counters.headerFieldsDropped,
  );
  counter(
    'invalid_proxy_headers_total',
    'Connections with an invalid PROXY header',
    () => counters.invalidProxyHeaders,
  );
  gauge('connections', 'Connections followed', () => assembler.connections);
  gauge(
    'assembly_bytes',
    'Memory of connections and messages under way, bytes',
    () => assembler.retainedBytes,
  );

  gauge('delivery_backlog_bytes', 'Exchanges not yet acknowledged, bytes', () => delivery.backlog.bytes);
  gauge('delivery_backlog_exchanges', 'Exchanges not yet acknowledged', () => delivery.backlog.exchanges);
  counter('delivery_connections_total', 'Connections to processing', () => delivery.counters.connections);
  counter(
    'delivery_failures_total',
    'Connections to processing that failed or ended',
    () => delivery.counters.failures,
  );

  for (const [key, [name, help]] of Object.entries(captureMetrics)) {
    counter(`capture_${name}`, help, () => capture.counters()[key as keyof typeof captureMetrics]);
  }
  counter(
    'capture_stalled_seconds_total',
    'Time the capture waited for the agent',
    () => capture.counters().stalledNs / 1e9,
  );
  gauge(
    'capture_return_probes',
    'Whether TLS calls are followed by return probes (1) or at calls and returns (0)',
    () => capture.counters().returnProbes,
  );
  gauge(
    'capture_system_call_hooks',
    'Whether the end of system calls is hooked (1) or socket tracepoints (0)',
    () => capture.counters().systemCallHooks,
  );
  new Gauge({
    name: 'oob_agent_capture_tls_uncovered_processes',
    help: 'Processes (one per name and library) whose TLS connections no probe covers',
    labelNames: ['process', 'library'],
    registers: [metrics],
    collect() {
      this.reset();
      for (const { comm, library } of capture.uncoveredTls()) this.set({ process: comm, library }, 1);
    },
  });
  gauge('capture_tls_libraries', 'Probed TLS library files', () => capture.counters().tlsLibraries);
}
