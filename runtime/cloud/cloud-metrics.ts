import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Storage } from './storage/storage.ts';

export type Listener = 'ingest' | 'console';

export type CloudMetrics = ReturnType<typeof cloudMetrics>;

/** The service's own metrics; `inventory` is read when they are scraped. */
export function cloudMetrics(registry: Registry, storage: Storage) {
  const registers = [registry];
  new Gauge({
    name: 'oob_cloud_inventory_endpoints',
    help: 'Endpoints in the inventory',
    registers,
    async collect() {
      // One unreadable row must not take all other metrics down with it.
      try {
        this.set((await storage.summary()).endpoints);
      } catch {
        this.set(Number.NaN);
      }
    },
  });
  return {
    endpoints: new Counter({
      name: 'oob_cloud_ingest_endpoints_total',
      help: 'Uploaded endpoints: stored, known (revision not newer) or refused',
      labelNames: ['result'] as const,
      registers,
    }),
    requests: new Counter({
      name: 'oob_cloud_http_requests_total',
      help: 'Answered HTTP requests by listener and status',
      labelNames: ['listener', 'status'] as const,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'oob_cloud_http_request_duration_seconds',
      help: 'Time to answer by listener',
      labelNames: ['listener'] as const,
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    connectionErrors: new Counter({
      name: 'oob_cloud_connection_errors_total',
      help: 'Connections that broke before a request was understood, by listener and error code',
      labelNames: ['listener', 'code'] as const,
      registers,
    }),
    failedTokens: new Counter({
      name: 'oob_cloud_failed_tokens_total',
      help: 'Requests without the right token',
      labelNames: ['listener'] as const,
      registers,
    }),
  };
}
