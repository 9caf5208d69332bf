import type { Endpoint } from '../protocol/generated/upload.ts';
import type { Inventory } from './discover.ts';

/** The inventory as one JSON document, cut between endpoints: a large one is longer than a string may be. */
export function* inventoryJson(inventory: Inventory): Generator<string> {
  const { exchanges, omittedRequests, endpoints } = inventory;
  yield `{"exchanges": ${JSON.stringify(exchanges)},`;
  yield ` "omittedRequests": ${omittedRequests},`;
  yield ' "endpoints": [';
  for (const [i, endpoint] of endpoints.entries())
    yield `  ${JSON.stringify(shown(endpoint))}${i === endpoints.length - 1 ? '' : ','}`;
  yield ' ]}';
}

/** Without what only an upload needs. */
function shown({
  host,
  method,
  template,
  requests,
  firstSeenUs,
  lastSeenUs,
  statuses,
  parameters,
}: Endpoint) {
  return {
    host,
    method,
    template,
    requests,
    // 1: the input names no times.
    ...(firstSeenUs > 1 && { firstSeen: isoTime(firstSeenUs), lastSeen: isoTime(lastSeenUs) }),
    statuses: Object.fromEntries(statuses.map(({ status, requests: count }) => [status, count])),
    parameters,
  };
}

const isoTime = (microseconds: number): string => new Date(microseconds / 1000).toISOString();
