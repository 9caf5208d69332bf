import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

export type FailureLimiterOptions = {
  /** Failures that an address may make in one go. Default 20. */
  readonly burst?: number;
  /** One more is allowed after this time. Default 3000. */
  readonly refillMs?: number;
  /** Addresses remembered; beyond it the longest quiet one is forgotten. Default 10000. */
  readonly addresses?: number;
  readonly nowMs?: () => number;
};

type Bucket = { failures: number; atMs: number };

/** A leaky bucket of failed sign-ins per client address; IPv6 clients own a /64, so they count by it. */
export class FailureLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #burst: number;
  readonly #refillMs: number;
  readonly #addresses: number;
  readonly #nowMs: () => number;

  constructor(options: FailureLimiterOptions = {}) {
    this.#burst = options.burst ?? 20;
    this.#refillMs = options.refillMs ?? 3000;
    this.#addresses = options.addresses ?? 10_000;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Seconds until this address may try again; 0 = now. */
  retryAfterSeconds(address: string): number {
    const bucket = this.#buckets.get(keyOf(address));
    if (bucket === undefined) return 0;
    const excess = this.#leaked(bucket) - (this.#burst - 1);
    return excess <= 0 ? 0 : Math.ceil((excess * this.#refillMs) / 1000);
  }

  failed(address: string): void {
    const key = keyOf(address);
    const bucket = this.#buckets.get(key);
    const failures = (bucket === undefined ? 0 : this.#leaked(bucket)) + 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { failures, atMs: this.#nowMs() });
    if (this.#buckets.size > this.#addresses) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
  }

  #leaked(bucket: Bucket): number {
    return Math.max(0, bucket.failures - (this.#nowMs() - bucket.atMs) / this.#refillMs);
  }
}

function keyOf(address: string): string {
  if (!isIPv6(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  return parsed.parts.slice(0, 4).join(':');
}
