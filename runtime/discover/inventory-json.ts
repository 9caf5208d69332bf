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
function shown(endpoint: Endpoint) {
  const { revision: _, removed: __, firstSeenUs, lastSeenUs, statuses, ...rest } = endpoint;
  return {
    ...rest,
    // 1: the input names no times.
    ...(firstSeenUs > 1 && { firstSeen: isoTime(firstSeenUs), lastSeen: isoTime(lastSeenUs) }),
    statuses: Object.fromEntries(statuses.map(({ status, requests }) => [status, requests])),
  };
}

const isoTime = (microseconds: number): string => new Date(microseconds / 1000).toISOString();
