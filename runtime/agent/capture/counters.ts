/** The order of `enum counter` in bpf/include/record.h. */
const counterNames = [
  'records',
  'bytes',
  'ringFullRecords',
  'ringFullBytes',
  'copyFaultBytes',
  'notCopiedBytes',
  'unseenBytes',
  'controlRecordsLost',
  'notHttpBytes',
  'roleUnknownBytes',
  'afterCloseBytes',
  'tlsUnassociatedBytes',
  'tlsUncoveredConnections',
  'stateFull',
] as const;

/** Since the capture opened. */
export type KernelCounters = Record<(typeof counterNames)[number], number>;

export interface CaptureCounters extends KernelCounters {
  /** Batches handed to JavaScript. */
  batches: number;
  /** Nanoseconds that the reading thread waited because JavaScript was behind. */
  stalledNs: number;
  /** Records that did not follow the format: a defect. */
  malformedRecords: number;
  /** Probed TLS library files at this moment. */
  tlsLibraries: number;
  /** Libraries that were found and could not be probed. */
  tlsLibraryFailures: number;
  /** 1: TLS calls are followed by return probes; 0: by probes at calls and returns. */
  returnProbes: number;
  /** 1: the end of system calls is hooked (rung B); 0: socket tracepoints (rung A). */
  systemCallHooks: number;
}

/** @throws RangeError when programs and decoder are of different versions. */
export function nameCounters(values: BigUint64Array): KernelCounters {
  if (values.length !== counterNames.length) {
    throw new RangeError(
      `the programs count ${values.length} things, this agent knows ${counterNames.length}; run npm run build:bpf`,
    );
  }
  return Object.fromEntries(
    counterNames.map((name, index) => [name, Number(values[index])]),
  ) as KernelCounters;
}
