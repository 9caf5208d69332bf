// The other end: exchanges that another replica forwards, read and answered at once. Nothing is kept.
import type { TLSSocket } from 'node:tls';
import { checkGatewayFrame } from '../../protocol/frame-bounds.ts';
import { encodeFrame, FrameDecoder } from '../../protocol/framing.ts';
import { GatewayFrame, OwnerFrame } from '../../protocol/generated/mesh.ts';
import { maxMirrorFrameBytes } from '../../protocol/limits.ts';
import type { Log } from '../../service/log.ts';
import { version } from '../../service/version.ts';
import { DeltaBuilder } from '../delta-builder.ts';
import type { ExchangeReader } from '../exchange-reader.ts';
import type { ProcessingMetrics } from '../processing-metrics.ts';

export interface MeshSessionContext {
  reader: ExchangeReader;
  metrics: ProcessingMetrics;
  log: Log;
  /** @default 10000 */
  helloTimeoutMs?: number;
}

/** Answers that the other replica does not read. */
const maxUnsentBytes = 32 * 1024 * 1024;

export function serveMesh(socket: TLSSocket, context: MeshSessionContext): void {
  const { reader, metrics, log } = context;
  const decoder = new FrameDecoder(maxMirrorFrameBytes);
  let replica: string | undefined;
  const helloTimer = setTimeout(() => breach('no Hello in time'), context.helloTimeoutMs ?? 10_000);
  socket.once('close', () => clearTimeout(helloTimer));
  socket.once('end', () => socket.end());
  socket.on('data', chunk => {
    try {
      for (const bytes of decoder.push(chunk)) {
        if (socket.destroyed) return;
        checkGatewayFrame(bytes);
        send(answer(GatewayFrame.decode(bytes)));
      }
    } catch (error) {
      breach((error as Error).message);
    }
  });

  function answer({ frame }: GatewayFrame): NonNullable<OwnerFrame['frame']> {
    if (replica === undefined && frame?.$case === 'hello') {
      clearTimeout(helloTimer);
      replica = frame.hello.replica.slice(0, 256);
      log.info({ replica, version: frame.hello.version.slice(0, 64) }, 'replica connected');
      return { $case: 'welcome', welcome: { version } };
    }
    if (replica === undefined || frame?.$case !== 'forward')
      throw new Error(`unexpected frame: ${frame?.$case ?? 'empty'}`);
    const sums = new DeltaBuilder();
    for (const exchange of frame.forward.exchanges) {
      const observation = reader.read(exchange);
      if (observation !== undefined && !sums.add(observation)) metrics.exchange('delta-overflow');
    }
    return { $case: 'result', result: { observations: sums.take('', '').observations } };
  }

  function send(frame: NonNullable<OwnerFrame['frame']>): void {
    socket.write(encodeFrame(OwnerFrame.encode({ frame }).finish()));
    if (socket.writableLength > maxUnsentBytes) breach('it does not read its answers');
  }

  function breach(reason: string): void {
    if (socket.destroyed) return;
    metrics.protocolError();
    log.warn({ replica, remote: socket.remoteAddress, reason }, 'replica connection closed');
    socket.destroy();
  }
}
