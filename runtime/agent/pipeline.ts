import type { Workload } from '../protocol/generated/mirror.ts';
import { type Capture, type CaptureOptions, openCapture } from './capture/capture.ts';
import type { AssembledExchange } from './exchange/assembled-exchange.ts';
import { ExchangeAssembler } from './exchange/assembler.ts';
import { RealIp, type RealIpSettings } from './exchange/real-ip.ts';

export interface PipelineOptions {
  readonly capture: CaptureOptions;
  /** Content kept of each request, bytes. */
  readonly bodyBytes: number;
  /** Left out: clients are who the socket or a PROXY header says. */
  readonly realIp?: RealIpSettings;
  readonly emit: (exchange: AssembledExchange) => void;
  readonly workload?: (cgroupId: bigint) => Workload | undefined;
}

export interface Pipeline {
  readonly capture: Capture;
  readonly assembler: ExchangeAssembler;
  /** Captures nothing more and emits what has been captured. Gives the records that were not read in time. */
  drain(timeoutMs: number): Promise<number>;
  /** Ends the capture and emits what is under way. */
  close(): void;
}

const expiryIntervalMs = 1000;

/** Kernel events in, exchanges out. @throws CaptureUnavailableError */
export function openPipeline(options: PipelineOptions): Pipeline {
  const { bodyBytes, emit, workload, realIp } = options;
  const assembler = new ExchangeAssembler({
    bodyBytes,
    emit,
    ...(workload && { workload }),
    ...(realIp && { realIp: new RealIp(realIp) }),
  });
  const capture = openCapture(options.capture, events => {
    for (const event of events) assembler.push(event);
  });
  const timer = setInterval(() => assembler.expire(Date.now() * 1000), expiryIntervalMs);
  return {
    capture,
    assembler,
    drain: timeoutMs => capture.drain(timeoutMs),
    close() {
      clearInterval(timer);
      capture.close();
      assembler.close();
    },
  };
}
