import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCapture } from '../../runtime/agent/capture/capture.ts';
import { toExchange } from '../../runtime/agent/exchange/assembled-exchange.ts';
import { ExchangeAssembler } from '../../runtime/agent/exchange/assembler.ts';
import type { Exchange } from '../../runtime/protocol/generated/mirror.ts';
import { freePort, startServer, until, workFolder } from './support.ts';

/** One connection: many requests until `flag` is written, some more once `go` is; BATCH at a time. */
const client = (port: number, folder: string, batch: number) => `
import os, socket, time
def talk(connection, first, count):
    for at in range(first, first + count, ${batch}):
        targets = [b"/%d?framing=mixed&write=calls" % index for index in range(at, at + ${batch})]
        connection.sendall(b"".join(b"GET %s HTTP/1.1\\r\\nHost: a\\r\\nPad: %s\\r\\n\\r\\n" % (target, b"p" * 900) for target in targets))
        answer = b""
        while not all(b"X-Target: " + target + b"\\r\\n" in answer for target in targets):
            answer += connection.recv(65536)
with socket.create_connection(("127.0.0.1", ${port})) as connection:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    talk(connection, 0, 12000)
    open("${folder}/flag", "w").close()
    while not os.path.exists("${folder}/go"):
        time.sleep(0.01)
    talk(connection, 20000, 40)
`;

/** Needs root, BTF, `npm run build:bpf` and python3; fails without them. */
describe('pairing behind a loss', function () {
  this.timeout(120_000);

  async function observe(batch: number): Promise<{ exchanges: Exchange[]; lost: number }> {
    const folder = workFolder();
    const port = await freePort();
    const script = join(import.meta.dirname, 'servers', 'pipelining.py');
    const server = await startServer('python3', [script, String(port)], [port]);
    const exchanges: Exchange[] = [];
    const assembler = new ExchangeAssembler({ emit: exchange => exchanges.push(toExchange(exchange)) });
    const running = openCapture({ rings: 1, ringBytes: 1 << 16 }, events => {
      for (const event of events) assembler.push(event);
    });
    try {
      await running.setTargets({ pids: new Set([server.pid]) });
      const talking = spawn('python3', ['-c', client(port, folder.path, batch)], { stdio: 'inherit' });
      const ended = once(talking, 'exit');
      // This thread takes no batch in the meantime.
      execFileSync('sh', ['-c', `until [ -e ${folder.path}/flag ]; do sleep 0.05; done`], {
        timeout: 60_000,
      });
      let seen = -1;
      await until('the reader has caught up', async () => {
        const before = seen;
        seen = running.counters().records + exchanges.length;
        await new Promise(resolve => setTimeout(resolve, 200));
        return before === seen;
      });
      writeFileSync(join(folder.path, 'go'), '');
      expect(await ended).to.deep.equal([0, null]);
      await until('the last exchange', () =>
        exchanges.some(one => one.request?.target.startsWith('/20039?')),
      );
      return { exchanges, lost: running.counters().ringFullBytes };
    } finally {
      running.close();
      await server.stop();
      folder.remove();
    }
  }

  function answered({ request, response }: Exchange): boolean {
    if (response === undefined) return false;
    const target = response.headers.find(({ name }) => name === 'X-Target')?.value.toString();
    expect(target).to.equal(request?.target);
    return true;
  }

  it('comes back for a client that waits for its responses, and never pairs wrongly', async () => {
    const { exchanges, lost } = await observe(1);
    expect(lost).to.be.greaterThan(0);
    const after = exchanges.filter(({ request }) => /^\/200[0-3][0-9]\?/.test(request?.target ?? ''));
    expect(after.filter(answered).length).to.be.within(39, 40);
    expect(exchanges.filter(answered).length).to.be.greaterThan(100);
  });

  it('never pairs wrongly for a client that pipelines', async () => {
    const { exchanges, lost } = await observe(10);
    expect(lost).to.be.greaterThan(0);
    expect(exchanges.filter(answered).length).to.be.greaterThan(100);
  });
});
