import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import { Client } from './clients.ts';
import { capture, type Recorder, startNginx, until, workFolder } from './support.ts';

/** 400 connections with three requests each; prints how many bytes went both ways. */
const load = (port: number) => `
import socket
moved = 0
for i in range(400):
    with socket.create_connection(("127.0.0.1", ${port})) as client:
        for k in range(3):
            request = b"GET /%d/%d HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" % (i, k)
            client.sendall(request)
            moved += len(request)
            answer = b""
            while not answer.endswith(b"ok\\n"):
                answer += client.recv(4096)
            moved += len(answer)
print(moved)
`;

/** Fills the rings, opens a connection, and goes on with it when told to. Prints how many bytes went both ways. */
const announcedLate = (port: number, reached: string) => `
import socket, sys
moved = 0
def exchange(client, request):
    global moved
    client.sendall(request)
    answer = b""
    while not answer.endswith(b"ok\\n"):
        answer += client.recv(4096)
    moved += len(request) + len(answer)
def connection():
    return socket.create_connection(("127.0.0.1", ${port}))
sys.stdin.readline()
for i in range(1000):
    with connection() as client:
        exchange(client, b"GET /%d HTTP/1.1\\r\\nHost: a\\r\\nX: %s\\r\\n\\r\\n" % (i, b"x" * 3000))
late = connection()
for i in range(3):
    exchange(late, b"GET /late/%d HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" % i)
open("${reached}", "w").close()
sys.stdin.readline()
for i in range(3):
    exchange(late, b"GET /late/again/%d HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" % i)
late.close()
print(moved)
`;

function received(seen: Recorder): number {
  let bytes = 0;
  for (const { streams } of seen.connections.values())
    for (const { text } of streams.values()) bytes += text.length;
  return bytes;
}

/** Needs root, BTF, `npm run build:bpf`, nginx, python3 and openssl; fails without them. */
describe('capture with a reader that stands still', function () {
  this.timeout(60_000);

  it('accounts for every byte, mixes no connections, and sees the next ones whole', async () => {
    const folder = workFolder();
    const nginx = await startNginx(folder.path);
    const { capture: running, seen } = capture({ rings: 1, ringBytes: 1 << 16 });
    try {
      await running.setTargets({ pids: new Set([nginx.pid]) });
      // This thread takes no batch until the program ends.
      const moved = Number(execFileSync('python3', ['-c', load(nginx.httpPort)], { encoding: 'utf8' }));
      const sum = () => {
        const { bytes, ringFullBytes, notCopiedBytes, unseenBytes, copyFaultBytes } = running.counters();
        return bytes + ringFullBytes + notCopiedBytes + unseenBytes + copyFaultBytes;
      };
      expect(sum()).to.equal(moved);
      expect(running.counters().ringFullBytes).to.be.greaterThan(0);
      expect(running.counters().controlRecordsLost).to.be.greaterThan(0);
      await until('a connection that is seen whole', async () => {
        const client = new Client(nginx.httpPort, false);
        await client.send('/after');
        client.close();
        return until(
          'it',
          () =>
            seen.requests(client.localPort, 'socket') === client.expectedRequests &&
            seen.byClientPort(client.localPort)[0]?.close !== undefined,
          2000,
        ).then(
          () => true,
          () => false,
        );
      });
      // Nothing before an open, nothing after a close, positions without holes.
      expect(seen.errors).to.deep.equal([]);
    } finally {
      running.close();
      await nginx.stop();
      folder.remove();
    }
  });

  for (const rung of ['A', 'B'] as const)
    it(`counts the bytes of a connection once that could not be announced at first (${rung})`, async () => {
      const folder = workFolder();
      const nginx = await startNginx(folder.path);
      const { capture: running, seen } = capture({ rings: 1, ringBytes: 1 << 16, rung });
      const reached = join(folder.path, 'reached');
      const client = spawn('python3', ['-c', announcedLate(nginx.httpPort, reached)]);
      try {
        let output = '';
        client.stdout.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
        await running.setTargets({ pids: new Set([nginx.pid]) });
        client.stdin.write('go\n');
        // This thread takes no batch until the rings are full and the connection is open.
        execFileSync('sh', ['-c', `until [ -e ${reached} ]; do sleep 0.02; done`]);
        const full = running.counters();
        expect(full.ringFullBytes).to.be.greaterThan(0);
        await until('the rings to be read', () => received(seen) === running.counters().bytes);
        const ended = once(client, 'exit');
        client.stdin.write('go\n');
        expect(await ended).to.deep.equal([0, null]);
        const moved = Number(output);
        await until('the last request', () => {
          const { bytes, ringFullBytes, notCopiedBytes, unseenBytes, copyFaultBytes } = running.counters();
          return bytes + ringFullBytes + notCopiedBytes + unseenBytes + copyFaultBytes === moved;
        });
        expect(running.counters().unseenBytes).to.equal(0);
        expect(seen.errors).to.deep.equal([]);
      } finally {
        client.kill('SIGKILL');
        running.close();
        await nginx.stop();
        folder.remove();
      }
    });
});
