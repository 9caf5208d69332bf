import { type HeaderFields, RawFields } from '../../http/header-fields.ts';
import type { Process, Protocol } from '../../protocol/generated/mirror.ts';

/** What a request's head says, whatever the version of HTTP. */
export interface PendingHead {
  readonly protocol: Protocol;
  readonly method: string;
  readonly target: string;
  /** Empty when the request names no host. */
  readonly authority: string;
  readonly fields: HeaderFields;
  /** Microseconds since the Unix epoch. */
  readonly firstByteTime: number;
}

export interface PendingResponse {
  readonly status: number;
  readonly fields: HeaderFields;
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
  end: PendingEnd | undefined;
  response: PendingResponse | undefined;
  /** No response is expected any more: emit when the request has ended. */
  abandoned: boolean;
  emitted: boolean;
  /** Bytes missing where the response head should have been. */
  responseLostBytes: number;
  /** Last time bytes of the request came, microseconds since the Unix epoch. */
  activityUs: number;
}

/** An object and two strings or views per field, roughly. */
const fieldOverheadBytes = 160;

export function pendingExchange(head: PendingHead, process: Process): PendingExchange {
  return {
    head,
    process,
    headBytes: 512 + head.target.length + fieldBytes(head.fields),
    end: undefined,
    response: undefined,
    abandoned: false,
    emitted: false,
    responseLostBytes: 0,
    activityUs: head.firstByteTime,
  };
}

/** Memory of a request, bytes. */
export function retainedBytes({ headBytes, end }: PendingExchange): number {
  return headBytes + (end?.body.length ?? 0);
}

function fieldBytes(fields: HeaderFields): number {
  if (fields instanceof RawFields) return fields.bytes.length + 8 * fields.offsets.length;
  let bytes = 0;
  for (const { name, value } of fields) bytes += fieldOverheadBytes + name.length + value.length;
  return bytes;
}
