import { isIP } from 'node:net';
import { hostname } from 'node:os';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { maxNameCharacters } from '../protocol/limits.ts';
import { commonConfig, healthSection } from '../service/config.ts';
import { clientTls } from '../service/tls-config.ts';
import { processNameMistake } from './process-name.ts';

const processName = z.string().superRefine((name, context) => {
  const message = processNameMistake(name);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const port = z.int().min(1).max(65535);

function powerOfTwo(min: number, max: number): z.ZodNumber {
  return z
    .int()
    .min(min)
    .max(max)
    .refine(value => Number.isInteger(Math.log2(value)), { error: `a power of two, ${min} to ${max}` });
}

/** One character at least: an empty one would match nothing, and look as if it matched everything. */
const word = z.string().min(1);
const words = z.record(word, word).refine(map => Object.keys(map).length > 0, {
  error: 'at least one name with its value',
});

const mirrorFilter = z
  .strictObject({
    namespace: word.optional(),
    pod_labels: words.optional(),
    pod_annotations: words.optional(),
    node_name: word.optional(),
    container_name: word.optional(),
  })
  .refine(filter => Object.keys(filter).length > 0, {
    error: 'at least one of namespace, pod_labels, pod_annotations, node_name, container_name',
  });

/** An address or a CIDR range. */
export function isNetwork(text: string): boolean {
  return isIP(text) !== 0 || ipaddr.isValidCIDR(text);
}

/** A token (RFC 9110 section 5.6.2) of at most 256 characters. */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(text);
}

const network = z.string().refine(isNetwork, {
  error: 'an address such as 10.0.0.1, or a range such as 10.0.0.0/8',
});

/** agent.yaml, see ../README.md. */
export const agentConfig = commonConfig.extend({
  health: healthSection('0.0.0.0:11226'),
  /** Name in the mirror. */
  node: z
    .string()
    .max(maxNameCharacters)
    .default('')
    .transform(name => name || process.env.NODE_NAME || hostname()),
  processing: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: port.default(18443),
      tls: clientTls,
      /** Unacknowledged batches kept in memory. */
      bufferBytes: z
        .int()
        .min(1024 * 1024)
        .default(64 * 1024 * 1024),
    })
    .prefault({}),
  selection: z
    .strictObject({
      /** Watch this node's pods and all namespaces. */
      kubernetes: z.boolean().default(true),
      allNamespaces: z.boolean().default(false),
      /** Containers that are mirrored besides: entries are ORed, the keys of one ANDed, a comma in a value means or. */
      filters: z.array(mirrorFilter).default([]),
      /** Without Kubernetes: cgroup directories below the cgroup v2 mount, with their descendants. */
      cgroups: z.array(z.string().min(1)).default([]),
      /** Without Kubernetes: processes, with their later children. */
      pids: z.array(z.int().min(1)).default([]),
      /** Without Kubernetes: process names. */
      comms: z.array(processName).default([]),
      /** When set, only these local TCP ports. */
      ports: z.array(port).default([]),
    })
    .prefault({}),
  /** Load balancers whose word on the client's address is taken. */
  realIp: z
    .strictObject({
      header: z
        .string()
        .refine(name => name === '' || isHeaderName(name), {
          error: 'the name of a header field, or nothing',
        })
        .default('X-Real-IP'),
      trustedCidrs: z.array(network).default([]),
    })
    .prefault({}),
  capture: z
    .strictObject({
      /** Kept of each request body. */
      bodyBytes: z
        .int()
        .min(0)
        .max(1024 * 1024)
        .default(65_536),
      /** Ring buffers, by hash of the connection. */
      rings: powerOfTwo(1, 64).default(2),
      /** A: socket tracepoints (Linux 6.3); B: the end of every system call; auto: A where the kernel has it. */
      rung: z.enum(['auto', 'A', 'B']).default('auto'),
      /** uretprobes: `auto` tries at the start whether they harm processes under seccomp filters. */
      returnProbes: z.enum(['auto', 'on', 'off']).default('auto'),
      /** Bytes of each. */
      ringBytes: powerOfTwo(65_536, 256 * 1024 * 1024).default(8 * 1024 * 1024),
    })
    .prefault({}),
});

export type AgentConfig = z.output<typeof agentConfig>;
