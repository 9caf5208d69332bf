// Who called whom, in few enough names that they can be counted.
import ipaddr from 'ipaddr.js';
import type { Caller, Server } from '../protocol/generated/findings.ts';
import type { Workload } from '../protocol/generated/mirror.ts';

const cache = new Map<string, string>();
const maxCached = 16 * 1024;
/** IPv6 with an embedded IPv4 address and a zone. */
const maxAddressCharacters = 64;

/** Private addresses by themselves, which address books resolve to workloads; all others are one caller. */
export function callerOf(ip: string): Caller {
  let address = cache.get(ip);
  if (address === undefined) {
    address = internalAddress(ip);
    if (ip.length <= maxAddressCharacters) {
      if (cache.size >= maxCached) cache.clear();
      cache.set(ip, address);
    }
  }
  return { address, requests: 1 };
}

const internalRanges = new Set(['private', 'uniqueLocal', 'carrierGradeNat', 'linkLocal', 'loopback']);

function internalAddress(ip: string): string {
  if (!ipaddr.isValid(ip)) return '';
  const address = ipaddr.process(ip);
  return internalRanges.has(address.range()) ? address.toString() : '';
}

/** The pod that answered, with the address by which others know it when it calls them. */
export function serversOf(workload: Workload | undefined, ip: string): Server[] {
  if (workload === undefined || workload.pod === '') return [];
  const { namespace, pod } = workload;
  const { address } = callerOf(ip);
  return [{ namespace: namespace.slice(0, 63), pod: pod.slice(0, 253), address, requests: 1 }];
}
