import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { AssembledExchange } from '../../../../runtime/agent/exchange/assembled-exchange.ts';
import { encodeFrame, FrameDecoder } from '../../../../runtime/protocol/framing.ts';
import {
  AgentFrame,
  type Batch,
  ProcessingFrame,
  Protocol,
} from '../../../../runtime/protocol/generated/mirror.ts';
import { maxMirrorFrameBytes } from '../../../../runtime/protocol/limits.ts';
import { connectLink, createLinkServer, type LinkServer } from '../../../../runtime/protocol/link.ts';

export const token = 'a-token-for-the-delivery-tests';

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

/**
 * A processing endpoint on the real link, with storage that outlives its connections and restarts: it stores a
 * batch exactly when it follows the last one of its epoch, as the aggregation service does.
 */
export class Endpoint {
  readonly batches: Batch[] = [];
  readonly epochs: string[] = [];
  /** Last stored sequence per epoch. */
  readonly durable = new Map<string, number>();
  /** Called before a batch is stored: 'kill' ends the connection instead; 'silent' stores without acknowledging. */
  onBatch: (batch: Batch) => 'ack' | 'silent' | 'kill' = () => 'ack';
  /** What Welcome says instead of the truth. */
  welcome: ((durable: number) => number) | undefined;
  connections = 0;
  private readonly sockets = new Set<TLSSocket>();
  private server: LinkServer | undefined;
  private port = 0;

  async start(): Promise<void> {
    this.server = createLinkServer({ token, link: 'mirror' }, socket => this.accept(socket));
    const address: AddressInfo = await this.server.listen({ host: '127.0.0.1', port: this.port });
    this.port = address.port;
  }

  async stop(): Promise<void> {
    this.kill();
    await this.server?.close();
    this.server = undefined;
  }

  /** Ends every connection at once, as a killed process does. */
  kill(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  connect = (signal: AbortSignal): Promise<TLSSocket> =>
    connectLink({ host: '127.0.0.1', port: this.port, token, link: 'mirror', signal });

  /** Targets of all exchanges stored, in order. */
  get targets(): string[] {
    return this.batches.flatMap(({ exchanges }) => exchanges.map(({ request }) => request?.target ?? ''));
  }

  private accept(socket: TLSSocket): void {
    this.connections++;
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    const decoder = new FrameDecoder(maxMirrorFrameBytes);
    let epoch = '';
    socket.on('data', chunk => {
      for (const bytes of decoder.push(chunk)) {
        if (socket.destroyed) return;
        const { frame } = AgentFrame.decode(bytes);
        if (frame?.$case === 'hello') {
          epoch = frame.hello.epoch;
          if (!this.epochs.includes(epoch)) this.epochs.push(epoch);
          const durable = this.durable.get(epoch) ?? 0;
          this.send(socket, {
            $case: 'welcome',
            welcome: { acknowledged: this.welcome?.(durable) ?? durable },
          });
        } else if (frame?.$case === 'batch') this.take(socket, epoch, frame.batch);
      }
    });
  }

  private take(socket: TLSSocket, epoch: string, batch: Batch): void {
    const verdict = this.onBatch(batch);
    if (verdict === 'kill') return void socket.destroy();
    const durable = this.durable.get(epoch) ?? 0;
    if (batch.sequence !== durable + 1 && durable > 0) throw new Error(`${batch.sequence} after ${durable}`);
    this.durable.set(epoch, batch.sequence);
    this.batches.push(batch);
    if (verdict === 'ack') this.send(socket, { $case: 'ack', ack: { sequence: batch.sequence } });
  }

  private send(socket: TLSSocket, frame: ProcessingFrame['frame']): void {
    socket.write(encodeFrame(ProcessingFrame.encode({ frame }).finish()));
  }
}

export function exchange(target: string, bodyBytes = 0): AssembledExchange {
  return {
    facts: {
      connection: 1,
      client: { ip: '10.0.0.9', port: 40_000 },
      server: { ip: '10.0.0.1', port: 80 },
      tls: false,
      workload: undefined,
    },
    process: { pid: 1, comm: 'test' },
    head: {
      protocol: Protocol.HTTP_1_1,
      method: 'GET',
      target,
      authority: '',
      fields: [],
      firstByteTime: 1,
    },
    response: undefined,
    body: Buffer.alloc(bodyBytes, 'x'),
    truncated: false,
    durationUs: 1,
    lostBytes: 0,
  };
}
