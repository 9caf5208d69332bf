// One agent connection: Hello → watermark → Welcome, then batches in, acknowledgements out.
//
// A batch is acknowledged only after aggregation has committed the delta that covers it. One delta is under way at a
// time; what arrives meanwhile gathers in the next.
import type { TLSSocket } from 'node:tls';
import { checkAgentFrame } from '../protocol/frame-bounds.ts';
import { encodeFrame, FrameDecoder } from '../protocol/framing.ts';
import { DeltaResult_Outcome, type Observation } from '../protocol/generated/findings.ts';
import {
  AgentFrame,
  type Batch,
  type Exchange,
  type Hello,
  ProcessingFrame,
} from '../protocol/generated/mirror.ts';
import {
  maxMirrorFrameBytes,
  maxNameCharacters,
  maxSequence,
  maxVersionCharacters,
} from '../protocol/limits.ts';
import type { TemplateBook } from '../protocol/template-book.ts';
import type { Log } from '../service/log.ts';
import { AbandonedError, type AggregationClient } from './aggregation-client.ts';
import { DeltaBuilder } from './delta-builder.ts';
import type { ExchangeReader } from './exchange-reader.ts';
import type { Mesh } from './mesh/mesh.ts';
import { hashOf } from './mesh/rendezvous.ts';
import type { ProcessingMetrics } from './processing-metrics.ts';

export interface MirrorSessionContext {
  client: Pick<AggregationClient, 'request'>;
  reader: ExchangeReader;
  /** Without it this replica reads everything itself. */
  mesh?: Pick<Mesh, 'split' | 'forward'> | undefined;
  /** What aggregation has learnt about paths. */
  templates: Pick<TemplateBook, 'applied'>;
  flushIntervalMs: number;
  unacknowledgedBytes: number;
  metrics: ProcessingMetrics;
  log: Log;
  /** Told once the agent has named itself, so that its earlier connection can be closed. */
  onHello(session: MirrorSession): void;
  /** @default 10000 */
  helloTimeoutMs?: number;
}

/** A batch that is being read, perhaps by several replicas. */
interface BatchInWork {
  sequence: number;
  frameBytes: number;
  observations: Observation[];
  /** Replicas that have not answered yet. */
  waiting: number;
}

/** Unread acknowledgements of an agent that does not read. */
const maxUnsentBytes = 64 * 1024;

export class MirrorSession {
  readonly #socket: TLSSocket;
  readonly #context: MirrorSessionContext;
  readonly #decoder = new FrameDecoder(maxMirrorFrameBytes);
  readonly #builder = new DeltaBuilder();
  readonly #ended = new AbortController();
  #hello: Hello | undefined;
  /** Sequence of the last batch taken in; undefined until Welcome is sent. */
  #received: number | undefined;
  #epochHash = 0;
  /** Batches taken in that are not in the delta yet, in order. */
  #inWork: BatchInWork[] = [];
  /** Byte counts of batches since the last acknowledgement: those in work, those gathering and those under way. */
  #inWorkBytes = 0;
  #gatheringBytes = 0;
  #underwayBytes = 0;
  /** Told when the head of the batches in work has joined the delta. */
  #onJoined: (() => void) | undefined;
  #underway: Promise<void> | undefined;
  #flushTimer: NodeJS.Timeout | undefined;

  constructor(socket: TLSSocket, context: MirrorSessionContext) {
    this.#socket = socket;
    this.#context = context;
    const helloTimer = setTimeout(() => this.#breach('no Hello in time'), context.helloTimeoutMs ?? 10_000);
    this.#ended.signal.addEventListener('abort', () => {
      clearTimeout(helloTimer);
      clearTimeout(this.#flushTimer);
    });
    socket.on('data', chunk => {
      try {
        for (const bytes of this.#decoder.push(chunk)) this.#onFrame(bytes, helloTimer);
      } catch (error) {
        this.#breach((error as Error).message);
      }
    });
    socket.once('end', () => socket.end());
    socket.once('close', () => this.#ended.abort());
  }

  /** Same key: the same agent process. Undefined before Hello. */
  get key(): string | undefined {
    return this.#hello && JSON.stringify([this.#hello.agent, this.#hello.epoch]);
  }

  /** Aborted when the connection has ended. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  close(): void {
    this.#ended.abort();
    this.#socket.destroy();
  }

  /** Sends on what has gathered, acknowledges it and closes. Takes no further batches. */
  async drain(): Promise<void> {
    this.#socket.pause();
    while (this.#underway !== undefined || !this.#builder.empty || this.#inWork.length > 0) {
      this.#flush();
      await (this.#underway ?? this.#joined());
      if (this.#ended.signal.aborted) return;
    }
    this.#socket.end();
    this.#ended.abort();
  }

  #onFrame(bytes: Uint8Array, helloTimer: NodeJS.Timeout): void {
    if (this.#ended.signal.aborted) return;
    checkAgentFrame(bytes);
    const { frame } = AgentFrame.decode(bytes);
    if (frame?.$case === 'hello' && this.#hello === undefined) {
      clearTimeout(helloTimer);
      this.#onHello(frame.hello);
    } else if (frame?.$case === 'batch' && this.#received !== undefined) {
      this.#onBatch(frame.batch, bytes.length, this.#received);
    } else {
      throw new Error(`unexpected frame: ${frame?.$case ?? 'empty'}`);
    }
  }

  #onHello(hello: Hello): void {
    for (const name of ['agent', 'epoch'] as const)
      if (hello[name].length === 0 || hello[name].length > maxNameCharacters)
        throw new Error(
          `Hello.${name} has ${hello[name].length} characters, expected 1 to ${maxNameCharacters}`,
        );
    if (hello.version.length > maxVersionCharacters)
      throw new Error(
        `Hello.version has ${hello.version.length} characters, expected at most ${maxVersionCharacters}`,
      );
    this.#hello = hello;
    this.#epochHash = hashOf(hello.epoch);
    this.#context.onHello(this);
    const { agent, epoch } = hello;
    const query = { $case: 'watermarkQuery' as const, watermarkQuery: { agent, epoch } };
    this.#context.client.request(query, this.#ended.signal).then(
      answer => {
        if (answer.$case !== 'watermark') return this.#breach(`aggregation answered with ${answer.$case}`);
        this.#received = answer.watermark.sequence;
        this.#send({ $case: 'welcome', welcome: { acknowledged: this.#received } });
        this.#context.log.info(
          { agent, version: hello.version, acknowledged: this.#received },
          'agent connected',
        );
      },
      () => this.close(),
    );
  }

  #onBatch(batch: Batch, frameBytes: number, received: number): void {
    const { metrics } = this.#context;
    metrics.batch(frameBytes);
    // Before anything of this epoch is stored, any batch may be the first: aggregation may have lost its disk, and
    // the agent keeps only what was never acknowledged.
    const follows = batch.sequence === received + 1 || (received === 0 && batch.sequence > 0);
    // Aggregation refuses such a delta, with all that other agents have sent on the same connection.
    if (batch.sequence > maxSequence) throw new Error(`batch ${batch.sequence} is beyond ${maxSequence}`);
    if (!follows) throw new Error(`batch ${batch.sequence} does not follow batch ${received}`);
    this.#received = batch.sequence;
    for (const { cause, exchanges } of batch.dropped) metrics.agentDropped(cause, exchanges);
    this.#read(batch, frameBytes);
    this.#join();
  }

  /** Reads what this replica owns and asks the others for theirs. */
  #read({ sequence, exchanges }: Batch, frameBytes: number): void {
    const { mesh } = this.#context;
    const { local, shares } = mesh?.split(this.#epochHash, exchanges) ?? { local: exchanges, shares: [] };
    const batch: BatchInWork = { sequence, frameBytes, observations: [], waiting: shares.length };
    this.#inWork.push(batch);
    this.#inWorkBytes += frameBytes;
    this.#readHere(batch, local);
    for (const share of shares)
      void mesh?.forward(share).then(observations => {
        if (this.#ended.signal.aborted) return;
        if (observations === undefined) this.#readHere(batch, share.exchanges);
        else for (const observation of observations) batch.observations.push(observation);
        batch.waiting -= 1;
        this.#join();
      });
  }

  #readHere({ observations }: BatchInWork, exchanges: readonly Exchange[]): void {
    for (const exchange of exchanges) {
      const observation = this.#context.reader.read(exchange);
      if (observation !== undefined) observations.push(observation);
    }
  }

  /** Batches join the delta in order, each when all of it has been read, and as long as the delta is not full. */
  #join(): void {
    for (let head = this.#inWork[0]; head?.waiting === 0; head = this.#inWork[0]) {
      if (this.#builder.full) {
        this.#flush();
        if (this.#builder.full) break;
      }
      this.#inWork.shift();
      this.#inWorkBytes -= head.frameBytes;
      this.#gatheringBytes += head.frameBytes;
      this.#builder.beginBatch(head.sequence);
      for (const observation of head.observations)
        if (!this.#builder.add(this.#context.templates.applied(observation)))
          this.#context.metrics.exchange('delta-overflow');
      this.#onJoined?.();
    }
    if (this.#builder.full) this.#flush();
    else if (!this.#builder.empty)
      this.#flushTimer ??= setTimeout(() => this.#flush(), this.#context.flushIntervalMs);
    this.#throttle();
  }

  #joined(): Promise<void> {
    return new Promise(resolve => {
      this.#onJoined = resolve;
      this.#ended.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    if (this.#underway !== undefined || this.#builder.empty || this.#hello === undefined) return;
    const delta = this.#builder.take(this.#hello.agent, this.#hello.epoch);
    this.#underwayBytes = this.#gatheringBytes;
    this.#gatheringBytes = 0;
    this.#underway = this.#context.client
      .request({ $case: 'delta', delta }, this.#ended.signal)
      .then(answer => {
        if (answer.$case !== 'deltaResult') throw new Error(`aggregation answered with ${answer.$case}`);
        const { outcome, sequence } = answer.deltaResult;
        this.#context.metrics.delta(outcomeNames[outcome] ?? 'unknown');
        if (outcome !== DeltaResult_Outcome.APPLIED && outcome !== DeltaResult_Outcome.DUPLICATE)
          throw new Error(
            `batches ${delta.first} to ${delta.last} do not follow batch ${sequence}; the agent has to resume`,
          );
        this.#send({ $case: 'ack', ack: { sequence } });
      })
      .catch(error => {
        if (error instanceof AbandonedError) this.close();
        else this.#breach((error as Error).message);
      })
      .finally(() => {
        this.#underway = undefined;
        this.#underwayBytes = 0;
        if (!this.#ended.signal.aborted) this.#join();
      });
  }

  /** Reads on only while what is not acknowledged stays within bounds; TCP tells the agent. */
  #throttle(): void {
    const unacknowledged = this.#underwayBytes + this.#gatheringBytes + this.#inWorkBytes;
    const blocked = this.#underway !== undefined && this.#builder.full;
    if (blocked || unacknowledged > this.#context.unacknowledgedBytes) {
      this.#socket.pause();
      if (this.#underway === undefined) this.#flush();
    } else this.#socket.resume();
  }

  #send(frame: NonNullable<ProcessingFrame['frame']>): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(encodeFrame(ProcessingFrame.encode({ frame }).finish()));
    if (this.#socket.writableLength > maxUnsentBytes) this.#breach('it does not read its acknowledgements');
  }

  #breach(reason: string): void {
    if (this.#ended.signal.aborted) return;
    this.#context.metrics.protocolError();
    const remote = this.#socket.remoteAddress;
    this.#context.log.warn({ agent: this.#hello?.agent, remote, reason }, 'agent connection closed');
    this.close();
  }
}

const outcomeNames: Record<number, string> = {
  [DeltaResult_Outcome.APPLIED]: 'applied',
  [DeltaResult_Outcome.DUPLICATE]: 'duplicate',
  [DeltaResult_Outcome.OUT_OF_ORDER]: 'out-of-order',
};
