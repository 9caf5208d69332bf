import type { HeaderField } from '../../http/http1-head.ts';
import type { Endpoint, Exchange, Process, Protocol, Workload } from '../../protocol/generated/mirror.ts';

/** What a request's head says, whatever the version of HTTP. */
export interface PendingHead {
  readonly protocol: Protocol;
  readonly method: string;
  readonly target: string;
  /** Empty when the request names no host. */
  readonly authority: string;
  readonly fields: readonly HeaderField[];
  /** Microseconds since the Unix epoch. */
  readonly firstByteTime: number;
}

export interface PendingResponse {
  readonly status: number;
  readonly fields: readonly HeaderField[];
  /** When the last byte of the head came, microseconds since the Unix epoch. */
  readonly lastByteTime: number;
}

export interface PendingEnd {
  readonly body: Buffer;
  readonly truncated: boolean;
  /** Bytes of the request that the capture missed. */
  readonly lostBytes: number;
}

/** A request on its way to becoming an exchange. */
export interface PendingExchange {
  readonly head: PendingHead;
  readonly process: Process;
  /** Estimated memory of the head, bytes. */
  readonly headBytes: number;
  end?: PendingEnd;
  response?: PendingResponse;
  /** No response is expected any more: emit when the request has ended. */
  abandoned: boolean;
  emitted: boolean;
  /** Bytes missing where the response head should have been. */
  responseLostBytes: number;
  /** Last time bytes of the request came, microseconds since the Unix epoch. */
  activityUs: number;
}

/** What all exchanges of a connection have in common. */
export interface ConnectionFacts {
  readonly connection: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly tls: boolean;
  readonly workload: Workload | undefined;
}

/** An object and two strings or views per field, roughly. */
const fieldOverheadBytes = 160;

export function pendingExchange(head: PendingHead, process: Process): PendingExchange {
  let headBytes = 512 + head.target.length;
  for (const { name, value } of head.fields) headBytes += fieldOverheadBytes + name.length + value.length;
  return {
    head,
    process,
    headBytes,
    abandoned: false,
    emitted: false,
    responseLostBytes: 0,
    activityUs: head.firstByteTime,
  };
}

export function buildExchange(pending: PendingExchange, facts: ConnectionFacts): Exchange {
  const { head, end, response } = pending;
  const { connection, client, server, tls, workload } = facts;
  return {
    connection,
    timeUs: head.firstByteTime,
    durationUs: response === undefined ? 0 : Math.max(0, response.lastByteTime - head.firstByteTime),
    client,
    server,
    tls,
    protocol: head.protocol,
    request: {
      method: head.method,
      target: head.target,
      headers: [...head.fields],
      body: end?.body ?? Buffer.alloc(0),
      truncated: end?.truncated ?? true,
      authority: head.authority,
    },
    response: response && { status: response.status, headers: [...response.fields] },
    lostBytes: (end?.lostBytes ?? 0) + pending.responseLostBytes,
    process: pending.process,
    workload,
  };
}
