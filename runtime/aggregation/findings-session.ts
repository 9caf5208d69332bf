// One processing connection: Hello first, then queries and deltas, answered in order, each after its commit.
import type { TLSSocket } from 'node:tls';
import { checkFindingsFrame } from '../protocol/frame-bounds.ts';
import { encodeFrame, FrameDecoder } from '../protocol/framing.ts';
import {
  AggregationFrame,
  type Delta,
  DeltaResult_Outcome,
  ProcessingFrame,
  type TemplateUpdate,
} from '../protocol/generated/findings.ts';
import { maxFindingsFrameBytes, maxNameCharacters } from '../protocol/limits.ts';
import type { Log } from '../service/log.ts';
import { version } from '../service/version.ts';
import type { AggregationMetrics } from './aggregation-metrics.ts';
import { checkDelta, checkNames } from './delta-check.ts';
import type { FindingsStore, Overflow } from './store/findings-store.ts';
import type { TemplateNews } from './template-news.ts';

export interface FindingsSessionContext {
  store: FindingsStore;
  metrics: AggregationMetrics;
  log: Log;
  /** `reason` undefined: a write succeeded. Otherwise the disk refused one. */
  onStorage(reason: string | undefined): void;
  onOverflow(overflow: Overflow): void;
  /** What replicas are told about paths; none when absent. */
  news?: TemplateNews;
  /** @default 10000 */
  helloTimeoutMs?: number;
}

type Answer = NonNullable<AggregationFrame['frame']>;

/** Answers that a processing replica does not read. */
const maxUnsentBytes = 1024 * 1024;
const maxUntoldBytes = 256 * 1024;

export function serveFindings(socket: TLSSocket, context: FindingsSessionContext): void {
  const { store, metrics, log, onStorage } = context;
  const decoder = new FrameDecoder(maxFindingsFrameBytes);
  let replica: string | undefined;
  const helloTimer = setTimeout(() => breach('no Hello in time'), context.helloTimeoutMs ?? 10_000);
  let unsubscribe: (() => void) | undefined;
  socket.once('close', () => {
    clearTimeout(helloTimer);
    unsubscribe?.();
  });
  socket.once('end', () => socket.end());
  socket.on('data', chunk => {
    try {
      for (const bytes of decoder.push(chunk)) {
        if (socket.destroyed) return;
        checkFindingsFrame(bytes);
        send(answer(ProcessingFrame.decode(bytes)));
        // After Welcome.
        unsubscribe ??= context.news?.subscribe(tell);
      }
    } catch (error) {
      breach((error as Error).message);
    }
  });

  function answer({ frame }: ProcessingFrame): Answer {
    if (replica === undefined) {
      if (frame?.$case !== 'hello')
        throw new Error(`expected Hello, not ${frame?.$case ?? 'an empty frame'}`);
      clearTimeout(helloTimer);
      replica = frame.hello.replica.slice(0, maxNameCharacters);
      log.info({ replica, version: frame.hello.version.slice(0, 64) }, 'processing connected');
      return { $case: 'welcome', welcome: { version } };
    }
    switch (frame?.$case) {
      case 'watermarkQuery': {
        const { agent, epoch } = checkNames(frame.watermarkQuery);
        const sequence = stored(() => store.watermark(agent, epoch, Date.now()));
        return { $case: 'watermark', watermark: { agent, epoch, sequence } };
      }
      case 'delta':
        return apply(frame.delta);
      default:
        throw new Error(`unexpected frame: ${frame?.$case ?? 'empty'}`);
    }
  }

  function apply(delta: Delta): Answer {
    checkDelta(delta);
    const { outcome, sequence, overflow } = stored(() => store.apply(delta, Date.now()));
    metrics.delta(outcomeNames[outcome] ?? 'unknown');
    metrics.overflow(overflow);
    context.onOverflow(overflow);
    return { $case: 'deltaResult', deltaResult: { outcome, sequence } };
  }

  /** A failing disk closes the connection: processing keeps the delta and repeats it. */
  function stored<T>(work: () => T): T {
    try {
      const result = work();
      onStorage(undefined);
      return result;
    } catch (error) {
      onStorage((error as Error).message);
      throw error;
    }
  }

  function send(frame: Answer): void {
    socket.write(encodeFrame(AggregationFrame.encode({ frame }).finish()));
    if (socket.writableLength > maxUnsentBytes) breach('it does not read its answers');
  }

  /** Not to one that lags behind: it needs its answers more. */
  function tell(templateUpdate: TemplateUpdate): void {
    if (socket.destroyed || socket.writableLength > maxUntoldBytes) return;
    send({ $case: 'templateUpdate', templateUpdate });
  }

  function breach(reason: string): void {
    if (socket.destroyed) return;
    metrics.protocolError();
    log.warn({ replica, remote: socket.remoteAddress, reason }, 'processing connection closed');
    socket.destroy();
  }
}

const outcomeNames: Record<number, string> = {
  [DeltaResult_Outcome.APPLIED]: 'applied',
  [DeltaResult_Outcome.DUPLICATE]: 'duplicate',
  [DeltaResult_Outcome.OUT_OF_ORDER]: 'out-of-order',
};
