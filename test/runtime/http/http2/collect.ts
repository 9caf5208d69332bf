import { Http2Connection } from '../../../../runtime/http/http2/connection.ts';
import type {
  Direction,
  FieldSection,
  Http2Handler,
  Http2RequestEnd,
  Http2RequestHead,
  Http2ResponseHead,
  StreamEndCause,
} from '../../../../runtime/http/http2/handler.ts';

/** Everything reported about one stream. */
export interface CollectedStream {
  readonly stream: number;
  request?: Http2RequestHead;
  requestEnd?: Http2RequestEnd;
  readonly responses: Http2ResponseHead[];
  readonly trailers: (readonly [Direction, FieldSection])[];
  end?: StreamEndCause;
}

/** Keeps all reports, and throws when their order is not the promised one. */
export class Collector implements Http2Handler {
  readonly streams: CollectedStream[] = [];
  readonly losses: string[] = [];
  foreign = false;
  orphanResponses = 0;
  private readonly open = new Map<number, CollectedStream>();

  onRequestHead(stream: number, head: Http2RequestHead): void {
    const collected = this.get(stream);
    if (collected.request) throw new Error(`stream ${stream}: a second request head`);
    collected.request = head;
  }

  onRequestEnd(stream: number, end: Http2RequestEnd): void {
    const collected = this.get(stream);
    if (!collected.request || collected.requestEnd)
      throw new Error(`stream ${stream}: request end out of order`);
    collected.requestEnd = end;
  }

  onResponseHead(stream: number, head: Http2ResponseHead): void {
    this.get(stream).responses.push(head);
  }

  onOrphanResponse(): void {
    this.orphanResponses++;
  }

  onTrailers(stream: number, direction: Direction, section: FieldSection): void {
    this.get(stream).trailers.push([direction, section]);
  }

  onStreamEnd(stream: number, cause: StreamEndCause): void {
    const collected = this.get(stream);
    if (collected.request && !collected.requestEnd)
      throw new Error(`stream ${stream}: ended before its request`);
    collected.end = cause;
    this.open.delete(stream);
  }

  onLoss(direction: Direction, cause: string): void {
    this.losses.push(`${direction} ${cause}`);
  }

  onForeign(): void {
    this.foreign = true;
  }

  private get(stream: number): CollectedStream {
    const known = this.open.get(stream);
    if (known) return known;
    const created: CollectedStream = { stream, responses: [], trailers: [] };
    this.open.set(stream, created);
    this.streams.push(created);
    return created;
  }
}

/** One step of a capture. */
export type Step =
  | { readonly direction: Direction; readonly bytes: Buffer; readonly time?: number }
  | { readonly direction: Direction; readonly gap: number; readonly lost: boolean };

export interface CollectOptions {
  readonly bodyBytes?: number;
  readonly fromStart?: boolean;
  readonly upgradeSettings?: string;
}

/** Feeds a connection and closes it. Bytes are overwritten after each push: nothing may keep a view of them. */
export function collect(steps: readonly Step[], options: CollectOptions = {}): Collector {
  const collector = new Collector();
  const { upgradeSettings } = options;
  const connection = new Http2Connection(collector, {
    bodyBytes: options.bodyBytes ?? 65_536,
    fromStart: options.fromStart ?? true,
    ...(upgradeSettings !== undefined && { upgradeSettings }),
  });
  for (const step of steps) {
    if ('gap' in step) connection.gap(step.direction, step.gap, step.lost);
    else {
      const bytes = Buffer.from(step.bytes);
      connection.push(step.direction, bytes, step.time ?? 0);
      bytes.fill(0xff);
    }
  }
  connection.close();
  return collector;
}

/** A comparable summary of a stream: texts instead of buffers, no times. */
export function summary({ stream, request, requestEnd, responses, trailers, end }: CollectedStream): unknown {
  const fields = (section: FieldSection): string[] =>
    section.fields.map(({ name, value }) => `${name}: ${value.toString('latin1')}`);
  return {
    stream,
    request: request && {
      line: `${request.method} ${request.scheme}://${request.authority} ${request.target}`,
      fields: fields(request),
      complete: request.complete,
    },
    body: requestEnd?.body.toString('base64'),
    truncated: requestEnd?.truncated,
    lostBytes: requestEnd?.lostBytes,
    responses: responses.map(head => ({ status: head.status, fields: fields(head) })),
    trailers: trailers.map(([direction, section]) => `${direction}: ${fields(section)}`),
    end,
  };
}
