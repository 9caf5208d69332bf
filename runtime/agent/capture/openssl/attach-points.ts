import type { NativeCapture } from '../addon.ts';
import type { ProbePoint } from './probe-points.ts';
import type { ReadResult } from './read-result.ts';

/**
 * Attaches the programs to the points of one library file: all of them or, when the kernel refuses one, none.
 * @returns the ids of the links
 * @throws Error of the kernel
 */
export function attachPoints(
  native: Pick<NativeCapture, 'attachUprobes' | 'hasSessions' | 'detach'>,
  path: string,
  points: readonly ProbePoint[],
): number[] {
  const links: number[] = [];
  const attach = (
    program: string,
    offsets: readonly number[],
    cookies: readonly number[],
    atReturn = false,
  ) => {
    if (offsets.length > 0) links.push(native.attachUprobes(program, path, offsets, cookies, atReturn));
  };
  const place = (program: string, chosen: readonly ProbePoint[], atReturn = false) =>
    attach(
      program,
      chosen.map(point => point.fileOffset),
      chosen.map(cookieOf),
      atReturn,
    );
  const calls = points.filter(point => point.operation !== 'end' && point.result === undefined);
  const returning = calls.filter(point => point.exits === undefined);
  const exiting = calls.filter(point => point.exits !== undefined);
  const sessions = native.hasSessions();
  try {
    for (const { branch, secondResult, ...registers } of points.flatMap(point => point.result ?? [])) {
      const cookie = registersOf(registers);
      attach('tls_result', [branch, secondResult], [cookie, cookie]);
    }
    // The exit first: an entry without its exit would leave the thread marked as being inside a call.
    if (sessions) place('tls_session', returning);
    else
      place(
        'tls_exit',
        returning.filter(point => point.operation !== 'handshake'),
        true,
      );
    // Two calls may go on at one place.
    const exits = [...new Set(exiting.flatMap(point => point.exits ?? []))];
    attach(
      'tls_exit',
      exits,
      exits.map(() => 0),
    );
    place('tls_enter', sessions ? exiting : calls);
    place(
      'tls_end',
      points.filter(point => point.operation === 'end'),
    );
    return links;
  } catch (error) {
    for (const link of links) native.detach(link);
    throw error;
  }
}

/** What tls_result learns of its place: COOKIE_BUFFER_SHIFT and what follows in bpf/include/tls-hooks.h. */
function registersOf({
  session,
  buffer,
  lengthPointer,
  peek,
}: Omit<ReadResult, 'branch' | 'secondResult'>): number {
  return session | (buffer << 4) | (lengthPointer << 8) | ((peek ?? 0) << 12);
}

/** What the programs learn of a point: COOKIE_OPERATION_SHIFT in bpf/include/tls-hooks.h. */
function cookieOf({ operation, lengthSource }: ProbePoint): number {
  return { end: 0, read: 1, write: 2, handshake: 3 }[operation] * 256 + lengthSource;
}
