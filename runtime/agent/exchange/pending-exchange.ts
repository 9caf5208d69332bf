import { requestAuthority } from '../../http/authority.ts';
import type { RequestEnd, RequestHead } from '../../http/http1-request-parser.ts';
import type { ResponseHead } from '../../http/http1-response-parser.ts';
import {
  type Endpoint,
  type Exchange,
  type Process,
  Protocol,
  type Workload,
} from '../../protocol/generated/mirror.ts';

/** A request on its way to becoming an exchange. */
export interface PendingExchange {
  readonly head: RequestHead;
  readonly process: Process;
  /** Estimated memory of the head, bytes. */
  readonly headBytes: number;
  end?: RequestEnd;
  response?: ResponseHead;
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

export function pendingExchange(head: RequestHead, process: Process): PendingExchange {
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
    protocol: head.minorVersion === 0 ? Protocol.HTTP_1_0 : Protocol.HTTP_1_1,
    request: {
      method: head.method,
      target: head.target,
      headers: [...head.fields],
      body: end?.body ?? Buffer.alloc(0),
      truncated: end?.truncated ?? true,
      authority: requestAuthority(head.method, head.target, head.fields),
    },
    response: response && { status: response.status, headers: [...response.fields] },
    lostBytes: (end?.lostBytes ?? 0) + pending.responseLostBytes,
    process: pending.process,
    workload,
  };
}
