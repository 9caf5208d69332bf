import type {
  CaptureEvent,
  DataEvent,
  GapEvent,
  OpenEvent,
} from '../../../../runtime/agent/capture/event.ts';
import { toExchange } from '../../../../runtime/agent/exchange/assembled-exchange.ts';
import { type AssemblerOptions, ExchangeAssembler } from '../../../../runtime/agent/exchange/assembler.ts';
import type { Exchange } from '../../../../runtime/protocol/generated/mirror.ts';

export const startUs = 1_700_000_000_000_000;

/** One connection's events, with the stream positions kept in step. */
export class Script {
  readonly connection: number;
  private timeUs = startUs;
  private readonly positions = new Map<string, number>();

  constructor(connection = 1) {
    this.connection = connection;
  }

  open(part: Partial<OpenEvent> = {}): CaptureEvent {
    return {
      kind: 'open',
      connection: this.connection,
      timeUs: this.timeUs,
      client: { ip: '10.0.0.9', port: 40_000 },
      server: { ip: '10.0.0.1', port: 80 },
      cgroupId: 7n,
      fromStart: true,
      ...part,
    };
  }

  request(text: string | Buffer, layer: DataEvent['layer'] = 'socket'): DataEvent {
    return this.data('request', text, layer);
  }

  response(text: string | Buffer, layer: DataEvent['layer'] = 'socket'): DataEvent {
    return this.data('response', text, layer);
  }

  /** Response bytes of which the programs know that an HTTP/2 frame starts with them. */
  frames(bytes: Buffer): CaptureEvent {
    return { ...this.data('response', bytes, 'socket'), startsFrame: true };
  }

  /** Every data event is 100 µs after the one before it. */
  private data(
    direction: DataEvent['direction'],
    content: string | Buffer,
    layer: DataEvent['layer'],
  ): DataEvent {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    this.timeUs += 100;
    return {
      kind: 'data',
      connection: this.connection,
      timeUs: this.timeUs,
      direction,
      layer,
      otherPosition: this.positionOf(direction === 'request' ? 'response' : 'request', layer),
      position: this.advance(direction, layer, bytes.length),
      bytes,
      pid: 42,
      comm: 'nginx',
    };
  }

  gap(
    direction: GapEvent['direction'],
    bytes: number,
    reason: GapEvent['reason'] = 'ring-full',
    layer: DataEvent['layer'] = 'socket',
  ): CaptureEvent {
    const position = this.advance(direction, layer, bytes);
    return { kind: 'gap', connection: this.connection, direction, layer, position, bytes, reason };
  }

  /** Lets bytes go by that no event tells of. */
  silent(direction: GapEvent['direction'], bytes: number, layer: DataEvent['layer'] = 'socket'): void {
    this.advance(direction, layer, bytes);
  }

  close(): CaptureEvent {
    return { kind: 'close', connection: this.connection, timeUs: this.timeUs };
  }

  private advance(direction: string, layer: string, bytes: number): number {
    const position = this.positionOf(direction, layer);
    this.positions.set(`${direction} ${layer}`, position + bytes);
    return position;
  }

  private positionOf(direction: string, layer: string): number {
    return this.positions.get(`${direction} ${layer}`) ?? 0;
  }
}

export function assemble(
  events: readonly CaptureEvent[],
  options: Partial<AssemblerOptions> = {},
): { exchanges: Exchange[]; assembler: ExchangeAssembler } {
  const exchanges: Exchange[] = [];
  const assembler = new ExchangeAssembler({
    emit: exchange => exchanges.push(toExchange(exchange)),
    ...options,
  });
  for (const event of events) assembler.push(event);
  return { exchanges, assembler };
}

/** `GET /a → 200`, `GET /b → -` */
export function pairs(exchanges: readonly Exchange[]): string[] {
  return exchanges.map(
    ({ request, response }) => `${request?.method} ${request?.target} → ${response?.status ?? '-'}`,
  );
}

export function get(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: api.example\r\n\r\n`;
}

export function answer(status: number, body = ''): string {
  return `HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
