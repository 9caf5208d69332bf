import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { Client } from './clients.ts';
import { capture, startNginx, until, workFolder } from './support.ts';

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
});
