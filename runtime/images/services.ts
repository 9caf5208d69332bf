import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** A file or folder that an image needs besides the bundle. */
export interface Asset {
  /** Below the checkout. */
  readonly from: string;
  /** Below /app, beside the bundle: where the services look first. */
  readonly to: string;
  /** The npm script that makes it. */
  readonly builtBy: string;
}

export interface ServiceImage {
  readonly name: string;
  readonly title: string;
  readonly entry: string;
  readonly assets: readonly Asset[];
}

const oob = 'Out-of-band API discovery for Kubernetes';

export const services: readonly ServiceImage[] = [
  {
    name: 'agent',
    title: `${oob}: captures inbound HTTP on one node`,
    entry: 'runtime/agent/main.ts',
    assets: [
      { from: 'dist/bpf/capture.bpf.o', to: 'bpf/capture.bpf.o', builtBy: 'build:bpf' },
      { from: 'dist/bpf/capture.node', to: 'bpf/capture.node', builtBy: 'build:bpf' },
    ],
  },
  {
    name: 'processing',
    title: `${oob}: turns exchanges into observations`,
    entry: 'runtime/processing/main.ts',
    assets: [],
  },
  {
    name: 'aggregation',
    title: `${oob}: learns the API structure of the cluster`,
    entry: 'runtime/aggregation/main.ts',
    assets: [],
  },
  {
    name: 'cloud',
    title: `${oob}: inventory, REST API and console`,
    entry: 'runtime/cloud/main.ts',
    assets: [{ from: 'dist/console', to: 'console', builtBy: 'build:console' }],
  },
];

/** Name of a service's image without its tag. */
export function repository(registry: string, service: string): string {
  return `${registry}/${service}`;
}

export function contextFolder(service: string): string {
  return join(checkout, 'dist', 'images', service);
}
