// Observations as the template learner counts them.
import { Location, type Observation, type Segment } from '../protocol/generated/findings.ts';
import type { PathCounters, PathSegment } from './learner/observation.ts';

export function pathSegmentOf({ segment }: Segment): PathSegment {
  return segment?.$case === 'shape' ? { shape: segment.shape } : (segment?.literal ?? '');
}

export function pathCounters(observation: Observation): PathCounters {
  const { host, method, segments, requests, firstSeenUs, lastSeenUs, outcomes, parameters } = observation;
  const queryKeys = new Map<string, number>();
  const bodyKeys = new Map<string, number>();
  for (const { location, name, requests: carried } of parameters) {
    if (location === Location.QUERY) addUpTo(queryKeys, name, carried, requests);
    else if (location === Location.BODY) addUpTo(bodyKeys, topLevel(name), carried, requests);
  }
  return {
    host,
    method,
    segments: segments.map(pathSegmentOf),
    requests,
    firstSeenMs: Math.round(firstSeenUs / 1000),
    lastSeenMs: Math.round(lastSeenUs / 1000),
    outcomes: outcomes.map(({ status, content, requests: count }) => ({
      status,
      responseContentType: content,
      requests: count,
    })),
    queryKeys,
    bodyKeys,
  };
}

/** `user` of `user.emails[].address` and of `[].user`. */
function topLevel(name: string): string {
  const end = /^(?:\[\])*\.?([^.[]*)/.exec(name);
  return end?.[1] ?? name;
}

/** Several leaves of one top-level name may come in one request: their sum says at most that all requests had it. */
function addUpTo(keys: Map<string, number>, name: string, count: number, most: number): void {
  keys.set(name, Math.min(most, (keys.get(name) ?? 0) + count));
}
