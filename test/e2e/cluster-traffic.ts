import { fileURLToPath } from 'node:url';
import { nodePath } from '../../runtime/node.mjs';
import type { Cluster } from '../cluster/cluster.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

export interface Traffic {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly requests: readonly Request[];
}

/** An endpoint of the inventory, without names of path parameters: `GET shop.test /orders/{}`. */
export type EndpointCounts = Readonly<Record<string, number>>;

/** Sends requests from the node's network. @returns status to number of answers */
export async function sendTraffic(cluster: Cluster, traffic: Traffic): Promise<Record<string, number>> {
  const client = fileURLToPath(new URL('cluster-client.ts', import.meta.url));
  return JSON.parse(await cluster.run(nodePath(), [client], { input: JSON.stringify(traffic) }));
}

/** The inventory of the cloud service in the cluster, as its REST API tells it. */
export async function readInventory(
  cluster: Cluster,
  serviceAddress: string,
  token: string,
): Promise<EndpointCounts> {
  const page = await getJson<{
    endpoints: { method: string; host: string; template: string; requests: number }[];
  }>(cluster, `http://${serviceAddress}/api/v1/endpoints?limit=500`, token);
  return Object.fromEntries(
    page.endpoints.map(({ method, host, template, requests }) => [
      `${method} ${host} ${template.replace(/\{[^}]*\}/g, '{}')}`,
      requests,
    ]),
  );
}

/** Reads one URL inside the node's network. The token goes by standard input: arguments are seen by everyone. */
async function getJson<T>(cluster: Cluster, url: string, token: string): Promise<T> {
  const script = `
    let token = '';
    for await (const chunk of process.stdin) token += chunk;
    const answer = await fetch(process.argv[1], {
      headers: { authorization: 'Bearer ' + token },
      signal: AbortSignal.timeout(5000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(answer.status + ' ' + text);
    process.stdout.write(text);`;
  const args = ['--input-type=module', '--eval', script, url];
  return JSON.parse(await cluster.run(nodePath(), args, { input: token, timeoutMs: 10_000 })) as T;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

const uuid = (index: number): string =>
  `6f1c${String(index).padStart(4, '0')}-8a4e-4c1b-9d2e-3f5a7b9c${String(index).padStart(4, '0')}`;

/** What a client of an order service sends: 57 requests to three endpoints. */
export function orderRequests(): Request[] {
  return [
    ...times(20, () => ({ method: 'GET', path: '/api/v1/orders' })),
    ...times(30, index => ({ method: 'GET', path: `/api/v1/orders/${1000 + index * 37}` })),
    ...times(7, index => ({
      method: 'POST',
      path: '/api/v1/orders',
      body: { article: `item-${index}`, quantity: index + 1 },
    })),
  ];
}

export const orderEndpoints: EndpointCounts = {
  'GET {host} /api/v1/orders': 20,
  'GET {host} /api/v1/orders/{}': 30,
  'POST {host} /api/v1/orders': 7,
};

/** What a client of an account service sends: 26 requests to three endpoints. */
export function accountRequests(): Request[] {
  return [
    ...times(12, index => ({ method: 'GET', path: `/accounts/${uuid(index)}` })),
    ...times(9, index => ({
      method: 'PUT',
      path: `/accounts/${uuid(index)}/settings`,
      body: { theme: 'dark' },
    })),
    ...times(5, index => ({ method: 'DELETE', path: `/accounts/${uuid(index)}` })),
  ];
}

export const accountEndpoints: EndpointCounts = {
  'GET {host} /accounts/{}': 12,
  'PUT {host} /accounts/{}/settings': 9,
  'DELETE {host} /accounts/{}': 5,
};

/** The counts after the same requests were sent `rounds` times to `host`. */
export function expected(endpoints: EndpointCounts, host: string, rounds: number): EndpointCounts {
  return Object.fromEntries(
    Object.entries(endpoints).map(([name, count]) => [name.replace('{host}', host), count * rounds]),
  );
}
