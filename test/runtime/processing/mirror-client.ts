// A small but complete sender of the mirror protocol: numbers its batches, keeps what is not acknowledged and resends
// it after every lost connection, as the agent does.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { encodeFrame, FrameDecoder } from '../../../runtime/protocol/framing.ts';
import {
  AgentFrame,
  type Batch,
  type DeepPartial,
  Exchange,
  ProcessingFrame,
} from '../../../runtime/protocol/generated/mirror.ts';
import { connectLink } from '../../../runtime/protocol/link.ts';

export class MirrorClient {
  readonly agent: string;
  readonly epoch = randomUUID();
  readonly #connection: () => { port: number; token: string };
  #batches: Batch[] = [];
  #sequence = 0;
  #acknowledged = 0;
  #socket: TLSSocket | undefined;
  #stopped = false;
  #welcomed = false;
  connections = 0;
  readonly #running: Promise<void>;

  constructor(agent: string, connection: () => { port: number; token: string }) {
    this.agent = agent;
    this.#connection = connection;
    this.#running = this.#run();
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get sent(): number {
    return this.#sequence;
  }

  get unacknowledged(): number {
    return this.#batches.length;
  }

  send(exchanges: Exchange[]): void {
    const batch: Batch = { sequence: ++this.#sequence, exchanges, dropped: [] };
    this.#batches.push(batch);
    if (this.#welcomed) this.#write({ $case: 'batch', batch });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#socket?.destroy();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const { port, token } = this.#connection();
        const socket = await connectLink({ host: '127.0.0.1', port, token, link: 'mirror', timeoutMs: 2000 });
        this.connections += 1;
        await this.#converse(socket);
      } catch {
        // Refused or timed out: the service is being restarted.
      }
      this.#socket = undefined;
      this.#welcomed = false;
      if (!this.#stopped) await delay(20);
    }
  }

  #converse(socket: TLSSocket): Promise<void> {
    const decoder = new FrameDecoder(1024);
    this.#socket = socket;
    const hello = { agent: this.agent, epoch: this.epoch, version: 'test' };
    this.#write({ $case: 'hello', hello });
    socket.on('data', chunk => {
      for (const bytes of decoder.push(chunk)) {
        const { frame } = ProcessingFrame.decode(bytes);
        if (frame?.$case === 'welcome') {
          this.#forget(frame.welcome.acknowledged);
          this.#welcomed = true;
          for (const batch of this.#batches) this.#write({ $case: 'batch', batch });
        } else if (frame?.$case === 'ack') this.#forget(frame.ack.sequence);
      }
    });
    socket.on('error', () => {});
    return new Promise(resolve => socket.once('close', () => resolve()));
  }

  #forget(sequence: number): void {
    if (sequence > this.#sequence) throw new Error(`acknowledged ${sequence}, sent only ${this.#sequence}`);
    this.#acknowledged = Math.max(this.#acknowledged, sequence);
    this.#batches = this.#batches.filter(batch => batch.sequence > sequence);
  }

  #write(frame: NonNullable<AgentFrame['frame']>): void {
    this.#socket?.write(encodeFrame(AgentFrame.encode({ frame }).finish()));
  }
}

export interface RequestSketch {
  method?: string;
  target?: string;
  authority?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  status?: number;
  responseHeaders?: Record<string, string>;
  timeUs?: number;
  truncated?: boolean;
}

/** An exchange with everything an agent fills in. */
export function exchange(sketch: RequestSketch = {}): Exchange {
  const headers = (fields: Record<string, string> = {}) =>
    Object.entries(fields).map(([name, value]) => ({ name, value: Buffer.from(value, 'latin1') }));
  const message: DeepPartial<Exchange> = {
    connection: 7,
    timeUs: sketch.timeUs ?? 1_790_000_000_000_000,
    durationUs: 1500,
    client: { ip: '10.0.0.9', port: 40_000 },
    server: { ip: '10.0.0.5', port: 8080 },
    protocol: 2,
    request: {
      method: sketch.method ?? 'GET',
      target: sketch.target ?? '/',
      authority: sketch.authority ?? 'api.example.test',
      headers: headers(sketch.headers),
      body: Buffer.from(sketch.body ?? ''),
      truncated: sketch.truncated ?? false,
    },
    response: { status: sketch.status ?? 200, headers: headers(sketch.responseHeaders) },
    process: { pid: 4711, comm: 'nginx' },
  };
  return Exchange.fromPartial(message);
}
