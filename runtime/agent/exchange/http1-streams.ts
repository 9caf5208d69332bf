import { requestAuthority } from '../../http/authority.ts';
import { Http1RequestParser, type RequestEnd, type RequestHead } from '../../http/http1-request-parser.ts';
import { Http1ResponseParser, type ResponseHead } from '../../http/http1-response-parser.ts';
import { type Process, Protocol } from '../../protocol/generated/mirror.ts';
import type { AssemblerCounters } from './counters.ts';
import { Http2Streams } from './http2-streams.ts';
import type { Deadlines, MessageStreams, MessageStreamsOptions, StreamPlace } from './message-streams.ts';
import { opensTunnel } from './opens-tunnel.ts';
import { Pairing, type RequestStart } from './pairing.ts';
import { type PendingExchange, type PendingHead, pendingExchange } from './pending-exchange.ts';
import { Unproven } from './unproven.ts';

/** CR LF before a request (RFC 9112 §2.2). */
const emptyLineBytes = 2;

/** HTTP/1.0 and HTTP/1.1. */
export class Http1Streams implements MessageStreams {
  private readonly counters: AssemblerCounters;
  private readonly pairing: Pairing;
  private readonly request: Http1RequestParser;
  private readonly response: Http1ResponseParser;
  private readonly options: MessageStreamsOptions;
  /** What was found before the connection is known to carry HTTP; undefined when it is, or begins like it. */
  private unproven: Unproven | undefined;
  /** What follows the response head being read. */
  private upgraded: Http2Streams | undefined;
  /** The request being read. */
  private current: PendingExchange | undefined;
  private process: Process = { pid: 0, comm: '' };
  private sawRequest = false;
  private foreign = false;
  /** The server has answered in HTTP. */
  private answersHttp = false;
  /** Response bytes came or were lost. Others are left out because no head begins where they do. */
  private sawResponse = false;
  /** Counts data events; a request that begins in the event that ended another one was pipelined. */
  private eventSerial = 0;
  private lastEndSerial = -1;
  /** Where the response stream stood when what is being searched for a request came, and how much was searched before. */
  private searchPosition = -1;
  private searchedBefore = 0;
  /** Bytes of another request came before the one whose head is being read, and no response bytes in between. */
  private behindOther = false;
  /** A gap of the request stream is being handled. */
  private cutByGap = false;
  /** Bytes of the gap being handled that the capture missed. */
  private lostResponseBytes = 0;
  private responseGapEnd = 0;
  /** Of the request bytes being read. */
  private requestPlace: StreamPlace = { position: 0, otherPosition: 0 };
  private requestStart: RequestStart = {
    position: 0,
    idle: undefined,
    behindLoss: false,
    serverEnded: false,
  };

  constructor(options: MessageStreamsOptions) {
    const { bodyBytes, fromStart, counters, emit } = options;
    this.counters = counters;
    this.options = options;
    if (!fromStart) this.unproven = new Unproven(emit, counters);
    this.pairing = new Pairing(pending => this.emit(pending), counters, fromStart);
    this.request = new Http1RequestParser(
      {
        onHeadStart: unknownBytes => {
          this.behindOther = unknownBytes - this.searchedBefore > emptyLineBytes;
          this.searchedBefore = 0;
          const { otherPosition: position, chunked, behindLoss, serverEnded } = this.requestPlace;
          const idle = this.response.endsAt(position, chunked);
          this.requestStart = {
            position,
            idle,
            behindLoss: behindLoss === true,
            serverEnded: serverEnded === true,
          };
        },
        onHead: head => this.requestBegan(head),
        onEnd: end => this.requestEnded(end),
        onLoss: cause => {
          const known = this.sawRequest || this.answersHttp || this.unproven !== undefined;
          if (known || cause === 'gap') counters.losses[cause]++;
          else this.unproven = new Unproven(emit, counters, cause);
          this.searchedBefore = 0;
          this.searchPosition = cause === 'gap' ? -1 : this.requestPlace.otherPosition;
          this.pairing.requestsLost(cause === 'gap' ? undefined : this.requestPlace.otherPosition);
        },
        mayBeHttp: () => this.mayBeHttp(),
        onForeign: () => this.becomeForeign(),
      },
      { bodyBytes, fromStart },
    );
    this.response = new Http1ResponseParser(
      {
        onHeadStart: position => this.pairing.headStarted(position, this.request.readingHead),
        onHead: head => this.responseBegan(head),
        awaitsResponse: () => this.pairing.awaitsResponse,
        mayStartAt: position => this.pairing.mayStartAt(position),
        onHeadsLost: count => this.pairing.headsLost(count, this.lostResponseBytes, this.responseGapEnd),
        onLoss: () => {
          const { lostResponseBytes: lost, responseGapEnd: end } = this;
          if (lost > 0) this.pairing.responsesLost(lost, end, this.request.readingHead);
          else this.pairing.framingLost(end);
        },
        // A server that speaks first, in another protocol.
        onForeign: () => this.becomeForeign(),
      },
      { fromStart },
    );
  }

  get retainedBytes(): number {
    return (
      this.request.retainedBytes +
      this.response.retainedBytes +
      this.pairing.retainedBytes +
      (this.unproven?.retainedBytes ?? 0)
    );
  }

  requestBytes(bytes: Buffer, timeUs: number, process: Process, place: StreamPlace): void {
    this.eventSerial++;
    this.requestPlace = place;
    this.process = process;
    if (this.current !== undefined) this.current.activityUs = timeUs;
    if (this.unproven?.doubtful && !this.mayBeHttp()) {
      this.becomeForeign();
      return;
    }
    if (this.request.searching && this.searchPosition !== place.otherPosition) {
      this.searchPosition = place.otherPosition;
      this.searchedBefore = this.request.searchedBytes;
    }
    this.request.push(bytes, timeUs);
  }

  responseBytes(bytes: Buffer, timeUs: number, { position, chunked, headsLost }: StreamPlace): void {
    this.sawResponse = true;
    if (this.unproven !== undefined && beginsResponse(bytes)) this.prove();
    const place = { position, chunksEnded: chunked === 'ended', headsLost };
    const read = this.response.push(bytes, timeUs, place);
    this.forgetGap();
    const { upgraded } = this;
    if (upgraded === undefined) return;
    this.upgraded = undefined;
    this.pairing.abandonAll();
    this.options.onUpgrade?.(upgraded);
    if (read < bytes.length) upgraded.responseBytes(bytes.subarray(read), timeUs, { startsFrame: true });
  }

  requestGap(bytes: number, lost: boolean): void {
    if (lost && this.request.searching) this.pairing.requestsLost();
    this.cutByGap = true;
    this.request.gap(bytes, lost);
    this.cutByGap = false;
  }

  responseGap(bytes: number, lost: boolean, end: number): void {
    if (lost) {
      this.lostResponseBytes += bytes;
      this.sawResponse = true;
    }
    this.responseGapEnd = end;
    this.response.gap(bytes, lost);
    if (!this.response.unsettled) this.forgetGap();
  }

  expire({ requestUs, responseUs }: Deadlines): void {
    // A request that stalls in its body is reported as far as it came.
    if (this.current !== undefined && this.current.activityUs < requestUs) this.request.close();
    this.pairing.expire(responseUs);
  }

  close(): void {
    if (this.unproven?.doubtful) this.becomeForeign();
    this.request.close();
    this.response.settle();
    this.pairing.close();
    this.unproven?.drop();
  }

  private forgetGap(): void {
    this.lostResponseBytes = 0;
    this.responseGapEnd = 0;
  }

  private requestBegan(head: RequestHead): void {
    if (!this.sawRequest && this.unproven === undefined) this.options.onRecognised?.();
    this.sawRequest = true;
    this.counters.headerFieldsDropped += head.fieldsDropped;
    this.current = pendingExchange(pendingHead(head), this.process);
    // A gap is told with the bytes behind it: when it cuts a head, the response may have come in the meantime.
    if (this.cutByGap && !head.complete) this.current.abandoned = true;
    else {
      const inSamePiece = this.lastEndSerial === this.eventSerial || this.behindOther;
      this.pairing.begin(this.current, this.requestStart, inSamePiece);
    }
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
    if (this.unproven !== undefined) this.prove();
    this.answersHttp = true;
    this.counters.headerFieldsDropped += head.fieldsDropped;
    // Interim responses do not use up the request (RFC 9110 §15.2); 101 is final for HTTP (§15.2.2).
    if (head.status < 200 && head.status !== 101) return this.pairing.peek()?.head.method;
    if (head.status === 101 && this.startHttp2(head)) return undefined;
    const method = this.pairing.respond(head)?.head.method;
    const tunnel = opensTunnel(head, method);
    if (tunnel) this.counters.foreignConnections++;
    if (head.status === 101 || tunnel) {
      this.request.ignoreRest();
      this.response.ignoreRest();
    }
    return method;
  }

  /** The server answers `Upgrade: h2c` (RFC 7540 §3.2): the response to this request comes on stream 1. */
  private startHttp2({ fields }: ResponseHead): boolean {
    const protocol = fields.get('upgrade')?.toString('latin1').toLowerCase();
    if (this.options.onUpgrade === undefined || protocol !== 'h2c') return false;
    this.request.ignoreRest();
    this.response.ignoreRest();
    const pending = this.pairing.take();
    if (pending === undefined) return false;
    this.upgraded = new Http2Streams({ ...this.options, fromStart: true }, pending);
    return true;
  }

  /**
   * May a connection that begins with what is no request be HTTP nevertheless, as some servers answer nearly everything? Not if the
   * server has sent something else.
   */
  private mayBeHttp(): boolean {
    return this.sawResponse || this.requestPlace.otherPosition === 0;
  }

  private becomeForeign(): void {
    if (this.foreign) return;
    this.foreign = true;
    this.request.ignoreRest();
    this.response.ignoreRest();
    if (this.unproven !== undefined) {
      this.pairing.abandonAll();
      this.unproven.drop();
    } else if (this.sawRequest) return;
    this.options.onForeign();
  }

  private emit(pending: PendingExchange): void {
    const { unproven } = this;
    if (unproven === undefined) this.options.emit(pending);
    else if (!unproven.hold(pending)) this.becomeForeign();
  }

  /** The server answers in HTTP: what was found are requests. */
  private prove(): void {
    const { unproven } = this;
    this.unproven = undefined;
    if (this.sawRequest) this.options.onRecognised?.();
    unproven?.release();
  }
}

/** Does this piece of a response stream begin like a head, RFC 9112 §4? Servers send heads with calls of their own. */
function beginsResponse(bytes: Buffer): boolean {
  return /^HTTP\/1\.[01] [1-9][0-9]{2}[ \r\n]/.test(bytes.toString('latin1', 0, 13));
}

function pendingHead({ method, target, minorVersion, fields, firstByteTime }: RequestHead): PendingHead {
  return {
    protocol: minorVersion === 0 ? Protocol.HTTP_1_0 : Protocol.HTTP_1_1,
    method,
    target,
    authority: requestAuthority(method, target, fields),
    fields,
    firstByteTime,
  };
}
