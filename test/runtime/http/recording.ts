import { Http1RequestParser } from '../../../runtime/http/http1-request-parser.ts';
import {
  Http1ResponseParser,
  type ResponseBytesPlace,
  type ResponseHead,
} from '../../../runtime/http/http1-response-parser.ts';

export interface SeenRequest {
  method: string;
  target: string;
  minorVersion: number;
  headers: [string, string][];
  complete: boolean;
  body?: string;
  truncated?: boolean;
  lostBytes?: number;
}

/** Parses a request stream given in pieces; a number stands for a gap of that many lost bytes. */
export function parseRequests(
  pieces: readonly (Buffer | string | number)[],
  options: { bodyBytes?: number; fromStart?: boolean; close?: boolean; mayBeHttp?: boolean } = {},
): { requests: SeenRequest[]; events: string[]; parser: Http1RequestParser } {
  const requests: SeenRequest[] = [];
  const events: string[] = [];
  const parser = new Http1RequestParser(
    {
      onHead(head) {
        const { method, target, minorVersion, complete } = head;
        const headers = Array.from(head.fields, ({ name, value }): [string, string] => [
          name,
          value.toString('latin1'),
        ]);
        requests.push({ method, target, minorVersion, headers, complete });
        events.push('head');
      },
      onEnd({ body, truncated, lostBytes }) {
        Object.assign(requests.at(-1) as SeenRequest, {
          body: body.toString('latin1'),
          truncated,
          lostBytes,
        });
        events.push('end');
      },
      onLoss: cause => events.push(`loss ${cause}`),
      mayBeHttp: () => options.mayBeHttp ?? false,
      onForeign: protocol => events.push(`foreign ${protocol}`),
    },
    { bodyBytes: options.bodyBytes ?? 1024, fromStart: options.fromStart ?? true },
  );
  for (const piece of pieces) {
    if (typeof piece === 'number') parser.gap(piece, true);
    else parser.push(Buffer.from(piece as Buffer), 1);
  }
  if (options.close === true) parser.close();
  return { requests, events, parser };
}

/** Parses a response stream; `methods` are those of the requests it answers, in order; -1 = the next was sent. */
export function parseResponses(
  pieces: readonly (Buffer | string | number)[],
  methods: readonly string[],
  options: { fromStart?: boolean; places?: readonly (ResponseBytesPlace | undefined)[] } = {},
): { heads: ResponseHead[]; statuses: number[]; events: string[] } {
  const heads: ResponseHead[] = [];
  const events: string[] = [];
  const waiting = [...methods];
  const parser = new Http1ResponseParser(
    {
      onHead(head) {
        heads.push(head);
        events.push(String(head.status));
        return head.status < 200 && head.status !== 101 ? waiting[0] : waiting.shift();
      },
      awaitsResponse: () => waiting.length > 0,
      onHeadsLost(count) {
        waiting.splice(0, count);
        events.push(`lost ${count}`);
        return true;
      },
      onLoss: cause => events.push(`loss ${cause}`),
      onForeign: () => events.push('foreign'),
    },
    { fromStart: options.fromStart ?? true },
  );
  for (const [index, piece] of pieces.entries()) {
    const place = options.places?.[index];
    // What is left out on purpose has a place too.
    if (typeof piece === 'number') parser.gap(piece, place === undefined);
    else parser.push(Buffer.from(piece as Buffer), 1, place);
  }
  return { heads, statuses: heads.map(head => head.status), events };
}

/** Cuts bytes at the given places (fractions of the length). */
export function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const offsets = [...new Set(cuts.map(cut => Math.floor(cut * bytes.length)))].sort((a, b) => a - b);
  return [...offsets, bytes.length].map((end, index) => bytes.subarray(offsets[index - 1] ?? 0, end));
}
