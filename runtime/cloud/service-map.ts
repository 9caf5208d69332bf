// Who calls which API: callers of all endpoints by workload, from the addresses that selected pods answer at. Pure.
import type { ServiceMap } from './rest/schemas.ts';
import type { EndpointParties } from './storage/storage.ts';

/** Connections that are listed, the busiest first. */
const maxConnections = 2000;

export function serviceMap(endpoints: Iterable<EndpointParties>): ServiceMap {
  const all = [...endpoints];
  const workloads = new Map<string, string>();
  for (const { cluster, servers } of all)
    for (const { namespace, pod, address } of servers)
      if (address !== '') workloads.set(key(cluster, address), workloadOf(namespace, pod));
  const connections = new Map<string, ServiceMap['connections'][number] & { answering: Set<string> }>();
  for (const { cluster, host, callers, servers } of all)
    for (const { address, requests } of callers) {
      const caller = workloads.get(key(cluster, address)) ?? address;
      const id = key(cluster, caller, host);
      let connection = connections.get(id);
      if (connection === undefined) {
        connection = { cluster, caller, host, workloads: [], requests: 0, answering: new Set() };
        connections.set(id, connection);
      }
      connection.requests = Math.min(connection.requests + requests, Number.MAX_SAFE_INTEGER);
      for (const { namespace, pod } of servers) connection.answering.add(workloadOf(namespace, pod));
    }
  const listed = [...connections.values()]
    .sort((a, b) => b.requests - a.requests || (key(a.caller, a.host) < key(b.caller, b.host) ? -1 : 1))
    .slice(0, maxConnections);
  return {
    total: connections.size,
    connections: listed.map(({ answering, ...connection }) => ({
      ...connection,
      workloads: [...answering].sort(),
    })),
  };
}

const key = (...texts: string[]): string => JSON.stringify(texts);

/** The alphabet of Kubernetes' generated names (k8s.io/apimachinery/pkg/util/rand): no vowels, nothing that reads as one. */
const generated = '[bcdfghjklmnpqrstvwxz2456789]';
const suffixes = new RegExp(`(?:-${generated}{8,10}-${generated}{5}|-${generated}{5}|-\\d+)$`);

/** `shop/web` of the pods of a Deployment, DaemonSet or StatefulSet, by how these name them. */
function workloadOf(namespace: string, pod: string): string {
  return `${namespace}/${pod.replace(suffixes, '')}`;
}
