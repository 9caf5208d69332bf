import { expect } from 'chai';
import type { ObservedExchange } from './observer.ts';
import { digest, type SentExchange } from './traffic.ts';

function observed(exchange: ObservedExchange): SentExchange {
  const { client, request, response } = exchange;
  return {
    client,
    method: request.method,
    target: request.target,
    body: digest(Buffer.from(request.body, 'base64')),
    status: response?.status ?? 0,
  };
}

/** Each exchange once, with its address and bytes; of HTTP/1 connections in the order of the requests. */
export function expectSame(
  seen: readonly ObservedExchange[],
  sent: readonly SentExchange[][],
  ordered: boolean,
): void {
  expect(seen.filter(one => one.lostBytes > 0)).to.deep.equal([]);
  expect(seen.filter(one => one.request.truncated)).to.deep.equal([]);
  // A client of Node.js opens another connection after a response to HEAD that tells no length.
  for (const client of new Set(sent.flat().map(one => one.client))) {
    const connection = sent.flat().filter(one => one.client === client);
    const mine = seen.map(observed).filter(one => one.client === client);
    const key = (one: SentExchange) => `${one.client} ${one.target}`;
    const sorted = (list: readonly SentExchange[]) =>
      ordered ? list : list.toSorted((a, b) => key(a).localeCompare(key(b)));
    expect(sorted(mine)).to.deep.equal(sorted(connection));
  }
  expect(seen).to.have.length(sent.flat().length);
}
