import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { networkNamespace } from './processes.ts';

const listenState = '0A';
const chunkBytes = 65536;
/** 1 MiB is about 7000 listeners. */
const maxBytes = 1024 * 1024;

/**
 * Local ports of listening sockets in the text of /proc/PID/net/tcp or tcp6, with how many listen on each.
 * The kernel prints listeners first, so reading can stop at the first other socket: `complete` says that it was seen.
 */
export function listeningPorts(text: string): { ports: Map<number, number>; complete: boolean } {
  const ports = new Map<number, number>();
  for (const line of text.split('\n').slice(1)) {
    const match = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2})/.exec(line);
    if (match === null) continue;
    if (match[2] !== listenState) return { ports, complete: true };
    const port = Number.parseInt(match[1] ?? '', 16);
    ports.set(port, (ports.get(port) ?? 0) + 1);
  }
  return { ports, complete: false };
}

/** The same from the file, without reading the thousands of connections behind the listeners. */
export function readListeningPorts(path: string): Map<number, number> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return new Map();
  }
  try {
    const decoder = new StringDecoder('latin1');
    const chunk = Buffer.alloc(chunkBytes);
    let text = '';
    while (text.length < maxBytes) {
      const count = readSync(fd, chunk, 0, chunkBytes, null);
      text += decoder.write(chunk.subarray(0, count));
      const { ports, complete } = listeningPorts(text.slice(0, text.lastIndexOf('\n') + 1));
      if (complete || count === 0) return ports;
    }
    return listeningPorts(text).ports;
  } finally {
    closeSync(fd);
  }
}

/** Of each network namespace that one of these processes is in, once: its number, and its listening ports with how many listen on each. */
export function* listenersByNamespace(
  pids: Iterable<number>,
  proc = '/proc',
): Generator<{ namespace: number; ports: Map<number, number> }> {
  const seen = new Set<number>();
  for (const pid of pids) {
    const namespace = networkNamespace(pid, proc);
    if (namespace === undefined || seen.has(namespace)) continue;
    seen.add(namespace);
    const ports = new Map<number, number>();
    for (const file of ['tcp', 'tcp6'])
      for (const [port, count] of readListeningPorts(`${proc}/${pid}/net/${file}`))
        ports.set(port, (ports.get(port) ?? 0) + count);
    yield { namespace, ports };
  }
}
