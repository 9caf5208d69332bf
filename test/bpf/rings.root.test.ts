import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { openCapture } from '../../runtime/agent/capture/capture.ts';
import { until } from './support.ts';

const connections = 6;
const headBytes = 64;

/**
 * Processes that read at the same time what others send, in pieces of any size, until standard input ends; they print how many bytes they
 * sent. Each 8 bytes of a body tell whose and where they are.
 */
const traffic = `
import os, random, select, socket, sys
def server(listener, seed):
    connection, _ = listener.accept()
    sizes = random.Random(seed)
    while connection.recv(sizes.choice([1, 7, 64, 500, 1448, 4096, 16384, 40000])):
        pass
def client(address):
    with socket.create_connection(address) as connection:
        port = connection.getsockname()[1]
        head = b"POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 100000000000\\r\\nX: "
        head = head.ljust(${headBytes} - 4, b"x") + b"\\r\\n\\r\\n"
        connection.sendall(head)
        words = b"".join(b"%05d%03d" % (port, i) for i in range(1000))
        sent = len(head)
        while not select.select([0], [], [], 0)[0]:
            connection.sendall(words)
            sent += len(words)
        os.write(1, b"%d\\n" % sent)
sys.stdin.readline()
children = []
for seed in range(${connections}):
    listener = socket.create_server(("127.0.0.1", 0))
    for task in (lambda: server(listener, seed), lambda: client(listener.getsockname())):
        child = os.fork()
        if child == 0:
            task()
            os._exit(0)
        children.append(child)
sys.exit(1 if any(os.waitpid(child, 0)[1] for child in children) else 0)
`;

/** What the stream of this client holds from `position` on. */
function expected(port: number, position: number, length: number): string {
  const words: string[] = [];
  const first = Math.floor((position - headBytes) / 8);
  for (let i = first; (i - first) * 8 < length + 8; i++)
    words.push(String(port).padStart(5, '0') + String(i % 1000).padStart(3, '0'));
  const from = position - headBytes - first * 8;
  return words.join('').slice(from, from + length);
}

/** Needs root, BTF, `npm run build:bpf` and python3; fails without them. */
describe('rings that many processes write to at once', function () {
  this.timeout(60_000);

  for (const [ringBytes, rings] of [
    [1 << 16, 1],
    [1 << 18, 2],
    [1 << 20, 1],
  ] as const)
    it(`hold what each wrote, in its order, over many rounds: ${rings} of ${ringBytes / 1024} KiB`, async () => {
      const faults: string[] = [];
      const ports = new Map<number, number>();
      const ends = new Map<number, number>();
      let closed = 0;
      let delivered = 0;
      const running = openCapture({ rings, ringBytes }, events => {
        for (const event of events) {
          if (event.kind === 'open') ports.set(event.connection, event.client.port);
          else if (event.kind === 'close') closed++;
          if (event.kind !== 'data' && event.kind !== 'gap') continue;
          if (event.direction !== 'request') continue;
          const { position, connection } = event;
          if (position !== (ends.get(connection) ?? 0))
            faults.push(`${position} follows ${ends.get(connection)}`);
          if (event.kind === 'gap') {
            ends.set(connection, position + event.bytes);
            continue;
          }
          const text = Buffer.from(event.bytes).toString('latin1');
          ends.set(connection, position + text.length);
          delivered += text.length;
          const inHead = Math.min(text.length, Math.max(0, headBytes - position));
          if (
            text.slice(inHead) !==
            expected(ports.get(connection) ?? 0, position + inHead, text.length - inHead)
          )
            faults.push(`${text.length} bytes at ${position} are not what was sent`);
        }
      });
      const program = spawn('python3', ['-c', traffic], { stdio: ['pipe', 'pipe', 'inherit'] });
      let sent = '';
      program.stdout.setEncoding('utf8').on('data', (text: string) => {
        sent += text;
      });
      try {
        await running.setTargets({ pids: new Set([program.pid ?? 0]) });
        const ended = once(program, 'close');
        program.stdin.write('go\n');
        await until('many rounds', () => delivered > 4 * ringBytes);
        program.stdin.end();
        expect(await ended).to.deep.equal([0, null]);
        const moved = sent.split('\n').reduce((sum, line) => sum + Number(line), 0);
        await until('what the rings hold', () => delivered === running.counters().bytes && closed > 0);
        const counters = running.counters();
        expect(faults.slice(0, 5)).to.deep.equal([]);
        expect(counters.malformedRecords).to.equal(0);
        expect(counters.bytes + counters.ringFullBytes).to.equal(moved);
      } finally {
        program.kill('SIGKILL');
        running.close();
      }
    });
});
