import { type ElfFile, fileOffset } from '../elf/elf-file.ts';
import { findCalls, findReturns } from '../elf/function-code.ts';
import { type ElfSymbol, findFunctions } from '../elf/symbols.ts';
import { commonCallee } from './callee.ts';
import { lengthSources, openssl, others, type TlsFunction, type TlsInterface } from './interfaces.ts';
import { entryPoint, exitBehindCall } from './placement.ts';
import { findReadResult, type ReadResult } from './read-result.ts';

export interface ProbePoint {
  /**
   * `handshake`: which socket the session has shows here, nothing else does. `end`: the session ends; its address says nothing
   * afterwards.
   */
  readonly operation: 'read' | 'write' | 'handshake' | 'end';
  /** The function whose entry and return are probed, for logs. */
  readonly functionName: string;
  /** Of the instruction at which the arguments are read. */
  readonly fileOffset: number;
  /**
   * File offsets of the instructions one of which runs when the call has returned; undefined: the function's return is
   * probed, by an address on its stack (uretprobe), and `fileOffset` is where the stack pointer is as on entry.
   */
  readonly exits?: readonly number[];
  /** Where all that is told of a read shows at once; then nothing else of it is probed. */
  readonly result?: ReadResult;
  readonly lengthSource: number;
  /** False when the kernel has to single-step an instruction: correct, and many times slower. */
  readonly emulated: boolean;
}

/**
 * How the end of a call is learnt: by session links (Linux 6.13), which also tell the sockets of handshakes; by return probes
 * apart from the calls; or `code`: no return address of any process is touched, instructions behind the calls are probed.
 */
export type CallEnds = 'sessions' | 'return-probes' | 'code';

type Operation = 'read' | 'write' | 'handshake';
/** A function of the interface that the file defines. */
type Defined = TlsFunction & ElfSymbol;

/**
 * Where to probe a TLS library, or a program that contains one. Empty when it has none that could be probed.
 *
 * Reads with session links: the place where OpenSSL tests the result (read-result.ts). Else, in order of preference:
 * 1. The internal function that SSL_read and SSL_read_ex both call, with a return probe: nearly always it begins with a
 *    push, which the kernel emulates (one trap; the exported ones begin with instructions that take two, measured 35 to
 *    50 times slower), and OpenSSL's SSL BIO calls it too.
 * 2. The places that call it, and an instruction behind each.
 * 3. The exported functions with return probes.
 * 4. The exported functions and the instructions with which they return.
 * With `code` 1 and 3 are out.
 * @throws ElfError when the file is malformed.
 */
export function findProbePoints(elf: ElfFile, ends: CallEnds): ProbePoint[] {
  for (const one of [openssl, ...others]) {
    const [first = '', ...names] = [...one.read, ...one.write].map(({ name }) => name);
    // Nearly all files have none of them: then one search has to do.
    const found = findFunctions(elf, [first], one.exportedOnly);
    if (found.size === 0) continue;
    const symbols = new Map([...found, ...findFunctions(elf, names, one.exportedOnly)]);
    const defined = (functions: readonly TlsFunction[]): Defined[] =>
      functions.flatMap(({ name, lengthSource }) => {
        const symbol = symbols.get(name);
        return symbol ? [{ ...symbol, name, lengthSource }] : [];
      });
    const [read, write] = [defined(one.read), defined(one.write)];
    if (read[0]?.name !== one.read[0]?.name || write[0]?.name !== one.write[0]?.name) continue;
    const result = one === openssl && ends === 'sessions' ? findReadResult(elf) : undefined;
    const returnProbes = ends !== 'code';
    const reads = result ? [resultPoint(result)] : pointsOf(elf, 'read', read, returnProbes);
    const writes = pointsOf(elf, 'write', write, returnProbes);
    return reads.length > 0 && writes.length > 0
      ? [...reads, ...writes, ...handshakes(elf, one, returnProbes), ...sessionEnds(elf, one)]
      : [];
  }
  return [];
}

function resultPoint(result: ReadResult): ProbePoint {
  return {
    operation: 'read',
    functionName: 'result of ssl_read_bytes',
    fileOffset: result.branch,
    exits: [],
    result,
    lengthSource: lengthSources.argument4,
    emulated: true,
  };
}

/** Where hands are shaken: the end of that is probed only where returns are. */
function handshakes(
  elf: ElfFile,
  { handshake, olderHandshake: older, exportedOnly }: TlsInterface,
  returnProbes: boolean,
): ProbePoint[] {
  const isOlder = older !== undefined && findFunctions(elf, [older.mark], exportedOnly).size > 0;
  const names = isOlder ? [...handshake, older.name] : handshake;
  return [...findFunctions(elf, names, exportedOnly)].flatMap(([name, { address }]) =>
    returnProbed(elf, 'handshake', name, address, lengthSources.returned).map(point =>
      returnProbes ? point : { ...point, exits: [] },
    ),
  );
}

/** Where sessions end. */
function sessionEnds(elf: ElfFile, { end, exportedOnly }: TlsInterface): ProbePoint[] {
  return [...findFunctions(elf, end, exportedOnly)].flatMap(([functionName, { address }]) => {
    const { address: at, emulated } = entryPoint(elf, address, false);
    const offset = fileOffset(elf, at);
    return offset === undefined
      ? []
      : [{ operation: 'end', functionName, fileOffset: offset, exits: [], lengthSource: 0, emulated }];
  });
}

function pointsOf(
  elf: ElfFile,
  operation: Operation,
  functions: readonly Defined[],
  returnProbes: boolean,
): ProbePoint[] {
  const callee = commonCallee(elf, functions);
  // The newest function passes its arguments on as they are.
  const lengthSource = functions.at(-1)?.lengthSource ?? lengthSources.argument4;
  if (callee !== undefined) {
    const probed = returnProbes
      ? returnProbed(elf, operation, `callee of ${functions[0]?.name}`, callee, lengthSource)
      : [];
    if (probed[0]?.emulated) return probed;
    const sites = callSites(elf, operation, functions, callee, lengthSource);
    if (sites.length > 0) return sites;
    if (probed.length > 0) return probed;
  }
  const each = functions.map(one =>
    returnProbes
      ? returnProbed(elf, operation, one.name, one.address, one.lengthSource)
      : returnsProbed(elf, operation, one),
  );
  return each.every(points => points.length > 0) ? each.flat() : [];
}

function returnProbed(
  elf: ElfFile,
  operation: Operation,
  functionName: string,
  address: number,
  lengthSource: number,
): ProbePoint[] {
  const entry = entryPoint(elf, address, true);
  const at = fileOffset(elf, entry.address);
  return at === undefined
    ? []
    : [{ operation, functionName, fileOffset: at, lengthSource, emulated: entry.emulated }];
}

/** Entry and returns of a function; none when it may end by jumping to another one. */
function returnsProbed(elf: ElfFile, operation: Operation, one: Defined): ProbePoint[] {
  const returns = findReturns(elf, one.address);
  if (returns === undefined) return [];
  const entry = fileOffset(elf, entryPoint(elf, one.address, false).address);
  const exits = offsets(elf, returns);
  if (entry === undefined || exits === undefined) return [];
  const { name: functionName, lengthSource } = one;
  return [{ operation, functionName, fileOffset: entry, exits, lengthSource, emulated: false }];
}

/** All calls of the internal function; none when an exported one does not get to it by a call. */
function callSites(
  elf: ElfFile,
  operation: Operation,
  functions: readonly Defined[],
  callee: number,
  lengthSource: number,
): ProbePoint[] {
  const calls = findCalls(elf, callee);
  const within = ({ address, size }: Defined, at: number) => at >= address && at < address + size;
  // Between the oldest and the newest there is at most SSL_write_ex, which calls SSL_write_ex2.
  if (![functions[0], functions.at(-1)].every(one => one && calls.some(at => within(one, at)))) return [];
  return calls.flatMap(at => {
    const exit = exitBehindCall(elf, at);
    const entry = fileOffset(elf, at);
    const exits = exit && offsets(elf, [exit.address]);
    if (exit === undefined || entry === undefined || exits === undefined) return [];
    const functionName =
      functions.find(one => within(one, at))?.name ?? `caller of the callee of ${functions[0]?.name}`;
    return [{ operation, functionName, fileOffset: entry, exits, lengthSource, emulated: exit.emulated }];
  });
}

function offsets(elf: ElfFile, addresses: readonly number[]): number[] | undefined {
  const found = addresses.map(address => fileOffset(elf, address));
  return found.every(offset => offset !== undefined) ? found : undefined;
}
