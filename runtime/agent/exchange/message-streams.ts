import type { Process } from '../../protocol/generated/mirror.ts';
import type { DataEvent } from '../capture/event.ts';
import type { AssemblerCounters } from './counters.ts';
import type { PendingExchange } from './pending-exchange.ts';

export interface MessageStreamsOptions {
  /** Content kept of each request, bytes. */
  readonly bodyBytes: number;
  /** False: the streams may start in the middle of a message. */
  readonly fromStart: boolean;
  readonly counters: AssemblerCounters;
  readonly emit: (pending: PendingExchange) => void;
  /** The first message has been recognised: the connection does speak this protocol. Called at most once. */
  readonly onRecognised?: () => void;
  /** The connection goes on in another protocol, with these streams. Without it upgrades are not followed. */
  readonly onUpgrade?: (streams: MessageStreams) => void;
  /** The connection does not speak this protocol; nothing more will be emitted. Called at most once. */
  readonly onForeign: () => void;
}

/** Where bytes stand, and what the capture knows of it; of those that were read once already, nothing else is known. */
export type StreamPlace = Pick<
  DataEvent,
  'position' | 'otherPosition' | 'startsFrame' | 'chunked' | 'headsLost' | 'behindLoss' | 'serverEnded'
>;

/** What has waited since before is waited for no longer; microseconds since the Unix epoch. */
export interface Deadlines {
  /** For the rest of a request. */
  readonly requestUs: number;
  /** For a response. */
  readonly responseUs: number;
}

/** Both directions of one connection in one layer: plain bytes in, exchanges out. Times in microseconds since the Unix epoch. */
export interface MessageStreams {
  /** Memory held for messages under way, bytes. */
  readonly retainedBytes: number;
  requestBytes(bytes: Buffer, timeUs: number, process: Process, place: StreamPlace): void;
  responseBytes(bytes: Buffer, timeUs: number, place: StreamPlace): void;
  /** @param lost false when the bytes were left out on purpose */
  /** @param end position of the first byte behind the gap */
  requestGap(bytes: number, lost: boolean, end: number): void;
  responseGap(bytes: number, lost: boolean, end: number): void;
  /** Emits what has waited for too long. */
  expire(deadlines: Deadlines): void;
  /** Ends both streams and emits everything that is left. */
  close(): void;
}
