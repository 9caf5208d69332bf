import { Http1RequestParser, type RequestEnd, type RequestHead } from '../../http/http1-request-parser.ts';
import { Http1ResponseParser, type ResponseHead } from '../../http/http1-response-parser.ts';
import type { Process } from '../../protocol/generated/mirror.ts';
import type { AssemblerCounters } from './counters.ts';
import { Pairing } from './pairing.ts';
import { type PendingExchange, pendingExchange } from './pending-exchange.ts';

export interface HttpStreamsOptions {
  readonly bodyBytes: number;
  readonly fromStart: boolean;
  readonly counters: AssemblerCounters;
  readonly emit: (pending: PendingExchange) => void;
  /** This layer of the connection does not carry HTTP/1; called at most once. */
  readonly onForeign: (protocol: 'http2' | 'other') => void;
}

/** Both directions of one connection in one layer: plain bytes in, exchanges out. */
export class HttpStreams {
  private readonly counters: AssemblerCounters;
  private readonly pairing: Pairing;
  private readonly request: Http1RequestParser;
  private readonly response: Http1ResponseParser;
  private readonly onForeign: (protocol: 'http2' | 'other') => void;
  /** The request being read. */
  private current: PendingExchange | undefined;
  private process: Process = { pid: 0, comm: '' };
  private sawRequest = false;
  private foreign = false;
  /** Counts data events; a request that begins in the event that ended another one was pipelined. */
  private eventSerial = 0;
  private lastEndSerial = -1;
  /** Bytes of the gap being handled that the capture missed. */
  private lostResponseBytes = 0;

  constructor(options: HttpStreamsOptions) {
    const { bodyBytes, fromStart, counters, emit, onForeign } = options;
    this.counters = counters;
    this.onForeign = onForeign;
    this.pairing = new Pairing(emit, counters, !fromStart);
    this.request = new Http1RequestParser(
      {
        onHead: head => this.requestBegan(head),
        onEnd: end => this.requestEnded(end),
        onLoss: cause => {
          counters.losses[cause]++;
          this.pairing.markLoss();
        },
        onForeign: protocol => this.becomeForeign(protocol),
      },
      { bodyBytes, fromStart },
    );
    this.response = new Http1ResponseParser(
      {
        onHead: head => this.responseBegan(head),
        awaitsResponse: () => this.pairing.awaitsResponse,
        onLoss: () => this.pairing.markLoss(this.lostResponseBytes),
        // A server that speaks first, in another protocol.
        onForeign: () => this.becomeForeign('other'),
      },
      { fromStart },
    );
  }

  get retainedBytes(): number {
    return this.request.retainedBytes + this.response.retainedBytes + this.pairing.retainedBytes;
  }

  requestBytes(bytes: Buffer, timeUs: number, process: Process): void {
    this.eventSerial++;
    this.process = process;
    if (this.current !== undefined) this.current.activityUs = timeUs;
    this.request.push(bytes, timeUs);
  }

  responseBytes(bytes: Buffer, timeUs: number): void {
    this.response.push(bytes, timeUs);
  }

  /** @param lost false when the bytes were left out on purpose */
  requestGap(bytes: number, lost: boolean): void {
    this.request.gap(bytes, lost);
  }

  responseGap(bytes: number, lost: boolean): void {
    this.lostResponseBytes = lost ? bytes : 0;
    this.response.gap(bytes);
    this.lostResponseBytes = 0;
  }

  /** Emits what has waited since before `beforeUs`, microseconds since the Unix epoch. */
  expire(beforeUs: number): void {
    // A request that stalls in its body is reported as far as it came.
    if (this.current !== undefined && this.current.activityUs < beforeUs) this.request.close();
    this.pairing.expire(beforeUs);
  }

  /** Ends both streams and emits everything that is left. */
  close(): void {
    this.request.close();
    this.pairing.abandonAll();
  }

  private requestBegan(head: RequestHead): void {
    this.sawRequest = true;
    this.counters.headerFieldsDropped += head.fieldsDropped;
    this.current = pendingExchange(head, this.process);
    this.pairing.begin(this.current, this.lastEndSerial === this.eventSerial);
  }

  private requestEnded(end: RequestEnd): void {
    const pending = this.current;
    if (pending === undefined) return;
    this.current = undefined;
    this.lastEndSerial = this.eventSerial;
    pending.end = end;
    this.pairing.ended(pending);
  }

  private responseBegan(head: ResponseHead): string | undefined {
    this.counters.headerFieldsDropped += head.fieldsDropped;
    // Interim responses do not use up the request (RFC 9110 §15.2); 101 is final for HTTP (§15.2.2).
    if (head.status < 200 && head.status !== 101) return this.pairing.peek()?.head.method;
    const method = this.pairing.respond(head)?.head.method;
    const tunnel = method === 'CONNECT' && head.status >= 200 && head.status < 300;
    if (head.status === 101 || tunnel) {
      this.request.ignoreRest();
      this.response.ignoreRest();
    }
    return method;
  }

  private becomeForeign(protocol: 'http2' | 'other'): void {
    if (this.foreign) return;
    this.foreign = true;
    this.request.ignoreRest();
    this.response.ignoreRest();
    if (this.sawRequest) return;
    this.onForeign(protocol);
  }
}
