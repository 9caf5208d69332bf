import type { ConfigTree } from './expression/config-text.ts';
import { text } from './expression/text.ts';
import { when } from './expression/when.ts';
import type { Component, Installation } from './installation.ts';

/** The section `metrics` of a service's configuration file. */
export function metricsConfig(installation: Installation, component: Component): ConfigTree {
  const { enabled, port, path } = installation.values[component].metrics;
  return { enabled, listen: text`0.0.0.0:${port}`, path };
}

/** The container port of the metrics. */
export function metricsPort(installation: Installation, component: Component): object | undefined {
  const { enabled, port } = installation.values[component].metrics;
  return when(enabled, { name: 'metrics', containerPort: port });
}
