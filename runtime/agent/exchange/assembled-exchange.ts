import type { HeaderFields } from '../../http/header-fields.ts';
import type { Endpoint, Exchange, Header, Process, Workload } from '../../protocol/generated/mirror.ts';
import type { PendingExchange, PendingHead, PendingResponse } from './pending-exchange.ts';

/** What all exchanges of a connection have in common. One object per connection, until its client becomes known. */
export interface ConnectionFacts {
  /** Socket cookie. */
  readonly connection: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly tls: boolean;
  readonly workload: Workload | undefined;
}

/** An exchange as the assembler gives it: header fields are still where they came in. */
export interface AssembledExchange {
  readonly facts: ConnectionFacts;
  readonly process: Process;
  readonly head: PendingHead;
  /** Undefined when the response head was not seen. */
  readonly response: PendingResponse | undefined;
  /** Content of the request, as far as it was kept. */
  readonly body: Buffer;
  readonly truncated: boolean;
  /** From the first byte of the request to the last one of the response head, microseconds; 0 without a response. */
  readonly durationUs: number;
  /** Bytes that the capture missed and that may belong to this exchange. */
  readonly lostBytes: number;
}

const noBytes = Buffer.alloc(0);

export function assembledExchange(pending: PendingExchange, facts: ConnectionFacts): AssembledExchange {
  const { head, end, response, process } = pending;
  return {
    facts,
    process,
    head,
    response,
    body: end?.body ?? noBytes,
    truncated: end?.truncated ?? true,
    durationUs: response === undefined ? 0 : Math.max(0, response.lastByteTime - head.firstByteTime),
    lostBytes: (end?.lostBytes ?? 0) + pending.responseLostBytes,
  };
}

/** The exchange as the mirror protocol's message. */
export function toExchange(assembled: AssembledExchange): Exchange {
  const { facts, process, head, response, body, truncated, durationUs, lostBytes } = assembled;
  const { connection, client, server, tls, workload } = facts;
  const { protocol, method, target, authority, fields, firstByteTime } = head;
  return {
    connection,
    timeUs: firstByteTime,
    durationUs,
    client,
    server,
    tls,
    protocol,
    request: { method, target, headers: headers(fields), body, truncated, authority },
    response: response && { status: response.status, headers: headers(response.fields) },
    lostBytes,
    process,
    workload,
  };
}

function headers(fields: HeaderFields): Header[] {
  return Array.from(fields, ({ name, value }) => ({ name, value }));
}
