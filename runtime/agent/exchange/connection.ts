import { ByteBuilder } from '../../http/byte-builder.ts';
import { parseProxyHeader, proxyHeaderStartBytes } from '../../http/proxy-protocol.ts';
import type { Process, Workload } from '../../protocol/generated/mirror.ts';
import type { DataEvent, GapEvent, OpenEvent } from '../capture/event.ts';
import { type AssembledExchange, assembledExchange, type ConnectionFacts } from './assembled-exchange.ts';
import type { AssemblerCounters } from './counters.ts';
import type { Deadlines, MessageStreams, StreamPlace } from './message-streams.ts';
import type { PendingExchange } from './pending-exchange.ts';
import { ProtocolSwitch } from './protocol-switch.ts';
import type { RealIp } from './real-ip.ts';

export interface ConnectionOptions {
  readonly bodyBytes: number;
  readonly counters: AssemblerCounters;
  readonly workload: Workload | undefined;
  readonly realIp: RealIp;
  readonly emit: (exchange: AssembledExchange) => void;
}

type Layer = DataEvent['layer'];
type Direction = DataEvent['direction'];

/** Objects of a connection that carries something else, and of one that carries HTTP/1: measured, rounded up. */
const bareBytes = 1024;
const stateBytes = 3584;

const tlsHandshakeRecord = 0x16;

/** One connection: follows stream positions, takes the PROXY header off and picks the layer that carries HTTP. */
export class Connection {
  private readonly open: OpenEvent;
  private readonly options: ConnectionOptions;
  private facts: ConnectionFacts;
  /** Whether the peer's word on the client is taken; undefined: not asked since the facts changed. */
  private peerIsTrusted: boolean | undefined;
  /** The facts with the client that the last request named: the next one often comes from the same. */
  private behind: ConnectionFacts | undefined;
  /** Who moved the last bytes; one object as long as it is the same. */
  private process: Process = { pid: 0, comm: '' };
  /** From the first bytes of the TLS layer on, the socket's own bytes are ciphertext. */
  private layer: Layer = 'socket';
  private streams: MessageStreams | undefined;
  /** First bytes of the socket's request stream while they may be a PROXY header. */
  private start: ByteBuilder | undefined;
  /** Bytes of a PROXY header still to come. What they say is not asked for. */
  private headerLeft = 0;
  /** The first bytes after a PROXY header have been seen. */
  private classified = false;
  /** Where each stream is expected to go on, bytes; absent until its first event. */
  private positions: Partial<Record<Direction, number>> = {};

  constructor(open: OpenEvent, options: ConnectionOptions) {
    this.open = open;
    this.options = options;
    this.facts = {
      connection: open.connection,
      client: { ip: open.client.ip, port: open.client.port },
      server: { ip: open.server.ip, port: open.server.port },
      tls: false,
      workload: options.workload,
    };
    if (open.fromStart) this.start = new ByteBuilder(proxyHeaderStartBytes);
    this.streams = this.newStreams();
  }

  /** Memory held for this connection and its messages, bytes. */
  get retainedBytes(): number {
    const { streams, start } = this;
    return streams === undefined ? bareBytes : stateBytes + streams.retainedBytes + (start?.capacity ?? 0);
  }

  data(event: DataEvent): void {
    if (!this.follows(event.layer)) return;
    const { timeUs } = event;
    const missing = this.advance(event.direction, event.position, event.bytes.length);
    if (missing > 0) this.missing(event.direction, missing, true, event.position);
    // Bytes that were delivered before are not read twice.
    const skip = Math.min(event.bytes.length, Math.max(0, -missing));
    const bytes = skip === 0 ? event.bytes : event.bytes.subarray(skip);
    if (bytes.length === 0) return;
    if (event.direction === 'response') {
      this.streams?.responseBytes(bytes, timeUs, skip === 0 ? event : behind(event, skip));
    } else if (this.start !== undefined && this.layer === 'socket')
      this.readStart(this.start, bytes, timeUs, event);
    else this.requestBytes(bytes, timeUs, event);
  }

  gap(event: GapEvent): void {
    if (!this.follows(event.layer)) return;
    const lost = event.reason !== 'not-copied';
    const before = this.advance(event.direction, event.position, event.bytes);
    if (before > 0) this.missing(event.direction, before, true, event.position);
    const bytes = event.bytes + Math.min(0, before);
    if (bytes > 0) this.missing(event.direction, bytes, lost, event.position + event.bytes);
  }

  /** Emits what has waited for too long. */
  expire(deadlines: Deadlines): void {
    this.streams?.expire(deadlines);
  }

  close(): void {
    this.streams?.close();
    this.streams = undefined;
  }

  private follows(layer: Layer): boolean {
    if (layer === this.layer) return true;
    if (layer === 'socket') return false;
    this.streams?.close();
    this.layer = 'tls';
    this.setFacts({ tls: true });
    this.start = undefined;
    this.headerLeft = 0;
    this.positions = {};
    this.streams = this.newStreams();
    return true;
  }

  private setFacts(part: Partial<ConnectionFacts>): void {
    this.facts = { ...this.facts, ...part };
    this.behind = undefined;
    this.peerIsTrusted = undefined;
  }

  private newStreams(): MessageStreams {
    const { bodyBytes, counters, emit } = this.options;
    return new ProtocolSwitch({
      bodyBytes,
      counters,
      fromStart: this.open.fromStart,
      emit: pending => emit(assembledExchange(pending, this.factsOf(pending))),
      onForeign: () => this.becomeForeign(),
    });
  }

  /** The connection's facts, with the client that a trusted load balancer names for this request. */
  private factsOf({ head }: PendingExchange): ConnectionFacts {
    const { realIp } = this.options;
    this.peerIsTrusted ??= realIp.trusts(this.facts.client.ip);
    if (!this.peerIsTrusted) return this.facts;
    const client = realIp.clientOf(head.fields);
    if (client === undefined) return this.facts;
    const { ip, port } = this.behind?.client ?? {};
    if (this.behind === undefined || client.ip !== ip || client.port !== port)
      this.behind = { ...this.facts, client: { ...client } };
    return this.behind;
  }

  /** Moves the stream on; gives the bytes missing before `position`, negative when some are known already. */
  private advance(direction: Direction, position: number, length: number): number {
    // Streams joined in the middle start anywhere.
    const expected = this.positions[direction] ?? (this.open.fromStart ? 0 : position);
    this.positions[direction] = Math.max(expected, position + length);
    return position - expected;
  }

  private missing(direction: Direction, bytes: number, lost: boolean, end: number): void {
    if (direction === 'response') this.streams?.responseGap(bytes, lost, end);
    else {
      this.start = undefined;
      const beyond = bytes - this.passHeader(bytes);
      if (beyond > 0) this.streams?.requestGap(beyond, lost, end);
    }
  }

  private readStart(start: ByteBuilder, bytes: Buffer, timeUs: number, event: DataEvent): void {
    const kept = start.append(bytes, 0, bytes.length);
    const result = parseProxyHeader(start.view());
    if (result.kind === 'incomplete') return;
    this.start = undefined;
    if (result.kind === 'invalid') {
      this.options.counters.invalidProxyHeaders++;
      this.becomeForeign();
      return;
    }
    if (result.kind === 'header' && result.addresses !== undefined)
      this.setFacts({ client: { ...result.addresses.source } });
    if (result.kind === 'header') this.headerLeft = result.bytes;
    this.requestBytes(start.view(), timeUs, event);
    if (kept < bytes.length) this.requestBytes(bytes.subarray(kept), timeUs, event);
  }

  /** How many of the next `bytes` bytes belong to the PROXY header. */
  private passHeader(bytes: number): number {
    const passed = Math.min(bytes, this.headerLeft);
    this.headerLeft -= passed;
    return passed;
  }

  private requestBytes(piece: Buffer, timeUs: number, event: DataEvent): void {
    const bytes = this.headerLeft === 0 ? piece : piece.subarray(this.passHeader(piece.length));
    if (bytes.length === 0) return;
    const { pid, comm } = event;
    // TLS that is not (yet) seen above its library is not worth a classification.
    if (!this.classified && this.layer === 'socket' && bytes[0] === tlsHandshakeRecord)
      this.streams = undefined;
    this.classified = true;
    if (this.process.pid !== pid || this.process.comm !== comm) this.process = { pid, comm };
    this.streams?.requestBytes(bytes, timeUs, this.process, event);
  }

  private becomeForeign(): void {
    this.options.counters.foreignConnections++;
    this.streams = undefined;
  }
}

/** The place of an event's bytes without the first `skip`. */
function behind({ position, otherPosition }: DataEvent, skip: number): StreamPlace {
  return { position: position + skip, otherPosition };
}
