// Prometheus metrics: a registry per service with the process's own figures, and the endpoint that prints it.
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type HttpEndpoint, openHttpEndpoint, pathOf } from './http-endpoint.ts';
import type { ListenAddress } from './listen-address.ts';

/** Register on it: `new Counter({ name: 'oob_…_total', help, labelNames, registers: [metrics] })`. */
export type Metrics = Registry;

/** A fresh registry with Node's default metrics (`process_…`, `nodejs_…`) and `oob_build_info`. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

export function openMetricsServer(
  listen: ListenAddress,
  path: string,
  metrics: Metrics,
): Promise<HttpEndpoint> {
  return openHttpEndpoint(listen, (request, response) => {
    if (pathOf(request.url) !== path) return void response.writeHead(404).end(`expected ${path}\n`);
    metrics.metrics().then(
      text => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      error => response.writeHead(500).end(`${error.message}\n`),
    );
  });
}
