import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoint, EndpointPage } from '../cloud/rest/schemas.ts';

export type { Endpoint };

/** Reads the whole inventory from the REST API, as any client would. */
export async function readInventory(origin: string, token: string): Promise<Endpoint[]> {
  const endpoints: Endpoint[] = [];
  for (;;) {
    const query = `sort=host,template,method&limit=500&offset=${endpoints.length}`;
    const response = await fetch(`${origin}/api/v1/endpoints?${query}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5000),
    });
    if (!response.ok) throw new Error(`${origin} answered ${response.status}: ${await response.text()}`);
    const page = (await response.json()) as EndpointPage;
    endpoints.push(...page.endpoints);
    if (page.endpoints.length === 0 || endpoints.length >= page.total) return endpoints;
  }
}

export function requestsOf(endpoints: readonly Endpoint[]): number {
  return endpoints.reduce((sum, { requests }) => sum + requests, 0);
}

export type SettleOptions = {
  readonly read: () => Promise<Endpoint[]>;
  /** Requests that the inventory must hold. */
  readonly expected: number;
  readonly timeoutMs: number;
  /** How long it must then stay the same. */
  readonly stableMs: number;
  readonly signal?: AbortSignal;
};

export type Settled = { readonly endpoints: Endpoint[]; readonly complete: boolean };

/** Waits until all expected requests are in the inventory and it rests, or the time is up. */
export async function settle(options: SettleOptions): Promise<Settled> {
  const { expected, signal, stableMs } = options;
  const deadlineMs = performance.now() + options.timeoutMs;
  let endpoints: Endpoint[] = [];
  let shape = '';
  let sinceMs = performance.now();
  for (;;) {
    // The cloud service may be starting again just now.
    const now = await options.read().catch(() => undefined);
    if (now !== undefined) {
      const nowShape = JSON.stringify(now);
      if (nowShape !== shape) {
        shape = nowShape;
        sinceMs = performance.now();
      }
      endpoints = now;
    }
    const complete = requestsOf(endpoints) >= expected;
    if (complete && performance.now() - sinceMs >= stableMs) return { endpoints, complete };
    if (performance.now() > deadlineMs) return { endpoints, complete };
    await delay(200, undefined, signal === undefined ? {} : { signal });
  }
}
