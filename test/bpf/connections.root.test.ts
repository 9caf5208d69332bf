import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { Client } from './clients.ts';
import {
  capture,
  freePort,
  type Recorder,
  type SeenConnection,
  startServer,
  until,
  workFolder,
} from './support.ts';

const servers = join(import.meta.dirname, 'servers');
const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const response = 'HTTP/1.1 204 No Content\r\n\r\n';

/** A process that is server and client at once, and does what it is told (servers/connections.py). */
class Peer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.#process = spawn('python3', [join(servers, 'connections.py')], { stdio: 'pipe' });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async do(...command: string[]): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = await this.#answers.next();
    if (answer.done) throw new Error(`the peer ended at ${command}: ${this.#process.stderr.read()}`);
    return JSON.parse(answer.value);
  }

  /** A connection between its client `c` and its server `s`; the client's port. */
  async connect(...options: string[]): Promise<number> {
    const port = Number(await this.do('connect', 'l', 'c', ...options));
    await this.do('accept', 'l', 's');
    return port;
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.stdin.end();
    await exited;
  }
}

/** Needs root, BTF, IPv6, `npm run build:bpf`, python3 and openssl; fails without them. */
for (const rung of ['A', 'B'] as const) {
  describe(`connections of every kind, rung ${rung}`, function () {
    this.timeout(60_000);
    const folder = workFolder();
    let running: Capture;
    let seen: Recorder;
    let peer: Peer;

    before(() => {
      ({ capture: running, seen } = capture({ rung, rings: 1 }));
    });
    beforeEach(async () => {
      await running.setTargets({});
      seen.beginTest();
      peer = new Peer();
    });
    afterEach(async () => {
      await peer.stop();
    });
    after(() => {
      running.close();
      folder.remove();
    });

    const select = () => running.setTargets({ pids: new Set([peer.pid]) });

    async function closed(port: number): Promise<SeenConnection> {
      await until('the close', () => seen.byClientPort(port)[0]?.close !== undefined);
      expect(seen.errors).to.deep.equal([]);
      const [first, ...more] = seen.byClientPort(port);
      expect(more).to.deep.equal([]);
      return first as SeenConnection;
    }

    function text(one: SeenConnection, direction: string): string | undefined {
      return one.streams.get(`${direction} socket`)?.text;
    }

    function noGaps(one: SeenConnection): void {
      expect([...one.streams.values()].flatMap(stream => stream.gaps)).to.deep.equal([]);
    }

    for (const [name, ...how] of [
      ['IPv6', '6'],
      ['IPv4 on a socket of both', 'mapped'],
      ['a port shared by two sockets', '4', 'reuse'],
      ['a plain client of an MPTCP server', '4', 'mptcp'],
    ] as const) {
      it(`gives requests and responses: ${name}`, async () => {
        await select();
        const port = Number(await peer.do('listen', 'l', ...how));
        if (name.includes('two')) await peer.do('listen', 'other', '4', 'reuse', `port=${port}`);
        // Of two sockets on one port, the kernel chooses one.
        for (let attempt = 0; attempt < (name.includes('two') ? 1 : 2); attempt++) {
          if (name.includes('two')) await peer.do('close-listener', 'other');
          const clientPort = await peer.connect();
          await peer.do('send', 'c', request('/kind'));
          expect(await peer.do('read', 's')).to.equal(request('/kind'));
          await peer.do('write', 's', response);
          expect(await peer.do('receive', 'c')).to.equal(response);
          await peer.do('close', 's');
          await peer.do('close', 'c');
          const one = await closed(clientPort);
          const ip = how[0] === '6' ? '::1' : '127.0.0.1';
          expect(one.open).to.deep.include({
            client: { ip, port: clientPort },
            server: { ip, port },
            fromStart: true,
          });
          expect(text(one, 'request')).to.equal(request('/kind'));
          expect(text(one, 'response')).to.equal(response);
          noGaps(one);
        }
      });
    }

    it('counts nothing of what passes when nothing is selected any more', async () => {
      await select();
      await peer.do('listen', 'l', '4');
      const port = await peer.connect();
      const exchange = async (path: string) => {
        await peer.do('send', 'c', request(path));
        await peer.do('read', 's');
        await peer.do('write', 's', response);
        await peer.do('receive', 'c');
      };
      await exchange('/one');
      const before = running.counters().unseenBytes;
      await running.setTargets({});
      await exchange('/two');
      await peer.do('close', 'c');
      await peer.do('close', 's');
      const one = await closed(port);
      expect(text(one, 'request')).to.equal(request('/one'));
      noGaps(one);
      expect(running.counters().unseenBytes).to.equal(before);
    });

    it('gives requests and responses over MPTCP', async () => {
      await select();
      const port = Number(await peer.do('listen', 'l', '4', 'mptcp'));
      const clientPort = await peer.connect('mptcp');
      for (const path of ['/one', '/two']) {
        await peer.do('send', 'c', request(path));
        expect(await peer.do('read', 's')).to.equal(request(path));
        await peer.do('write', 's', response);
        expect(await peer.do('receive', 'c')).to.equal(response);
      }
      await peer.do('close', 'c');
      await peer.do('close', 's');
      const one = await closed(clientPort);
      expect(one.open).to.deep.include({ server: { ip: '127.0.0.1', port }, fromStart: true });
      expect(text(one, 'request')).to.equal(request('/one') + request('/two'));
      expect(text(one, 'response')).to.equal(response + response);
      noGaps(one);
    });

    it('gives data that comes with the first packet (TCP Fast Open)', async () => {
      await peer.do('namespace', 'own');
      await peer.do('listen', 'l', '4', 'fast');
      await select();
      const clientPort = await peer.connect(`fast=${request('/fast')}`);
      expect(await peer.do('read', 's')).to.equal(request('/fast'));
      await peer.do('write', 's', response);
      await peer.do('receive', 'c');
      await peer.do('close', 'c');
      await peer.do('close', 's');
      const one = await closed(clientPort);
      expect(one.open?.fromStart).to.equal(true);
      expect(text(one, 'request')).to.equal(request('/fast'));
      expect(text(one, 'response')).to.equal(response);
    });

    it('gives a response that comes after the client has closed its half', async () => {
      await select();
      await peer.do('listen', 'l', '4');
      const port = await peer.connect();
      await peer.do('send', 'c', request('/half'));
      await peer.do('half-close', 'c');
      expect(await peer.do('read', 's')).to.equal(request('/half'));
      expect(await peer.do('read', 's')).to.equal('');
      await peer.do('write', 's', response);
      await peer.do('close', 's');
      await peer.do('close', 'c');
      const one = await closed(port);
      expect(text(one, 'request')).to.equal(request('/half'));
      expect(text(one, 'response')).to.equal(response);
      noGaps(one);
    });

    it('tells which requests come after the server has ended its stream', async () => {
      await select();
      await peer.do('listen', 'l', '4');
      const port = await peer.connect();
      await peer.do('send', 'c', request('/1'));
      expect(await peer.do('read', 's')).to.equal(request('/1'));
      await peer.do('write', 's', response);
      await peer.do('half-close', 's');
      await peer.do('send', 'c', request('/2'));
      expect(await peer.do('read', 's')).to.equal(request('/2'));
      await peer.do('close', 's');
      await peer.do('close', 'c');
      const one = await closed(port);
      expect(text(one, 'request')).to.equal(request('/1') + request('/2'));
      expect(one.streams.get('request socket')?.serverEndedAt).to.equal(request('/1').length);
      noGaps(one);
    });

    for (const [name, sent] of [
      ['a request', request('/reset')],
      ['half a request', 'POST /half HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf'],
    ] as const) {
      it(`gives ${name} that the client's reset follows, read afterwards`, async () => {
        await select();
        await peer.do('listen', 'l', '4');
        const port = await peer.connect();
        await peer.do('send', 'c', sent);
        await peer.do('reset', 'c');
        expect(await peer.do('read', 's')).to.equal(sent);
        await peer.do('close', 's');
        const one = await closed(port);
        expect(text(one, 'request')).to.equal(sent);
        noGaps(one);
        expect(running.counters().afterCloseBytes).to.equal(0);
      });
    }

    for (const [name, before] of [
      ['and has not answered', ''],
      ['behind half an answer', response.slice(0, -1)],
      ['when the client has ended its stream', undefined],
      ['when it has not read all', 'unread'],
    ] as const) {
      it(`misses no byte of a connection that the server resets ${name}`, async () => {
        await select();
        await peer.do('listen', 'l', '4');
        const port = await peer.connect();
        await peer.do('send', 'c', request('/refused'));
        expect(await peer.do('read', 's')).to.equal(request('/refused'));
        if (before === undefined) await peer.do('half-close', 'c');
        else if (before === 'unread') await peer.do('send', 'c', 'GET /unread HTTP/1.1\r\n\r\n');
        else if (before !== '') await peer.do('write', 's', before);
        await peer.do('reset', 's');
        await peer.do('close', 'c');
        const one = await closed(port);
        expect(text(one, 'request')).to.equal(request('/refused'));
        noGaps(one);
        expect(running.counters().unseenBytes).to.equal(0);
      });
    }

    it('does not take a byte of urgent data, which no read gives, for a loss', async () => {
      await select();
      await peer.do('listen', 'l', '4');
      const port = await peer.connect();
      await peer.do('send', 'c', 'GET /urgent HTTP/1.1\r\nHo');
      await peer.do('oob', 'c', '!');
      await peer.do('send', 'c', 'st: a\r\n\r\n');
      expect(await peer.do('read', 's')).to.equal(request('/urgent'));
      await peer.do('close', 's');
      await peer.do('close', 'c');
      const one = await closed(port);
      expect(text(one, 'request')).to.equal(request('/urgent'));
      noGaps(one);
    });

    describe('open before the agent, with a listening socket that is closed', () => {
      let port: number;

      beforeEach(async () => {
        await peer.do('listen', 'l', '4');
        port = await peer.connect();
        await peer.do('close-listener', 'l');
        await select();
      });

      it('are inbound where a request arrives', async () => {
        const before = seen.connections.size;
        for (const path of ['/one', '/two']) {
          await peer.do('send', 'c', request(path));
          expect(await peer.do('read', 's')).to.equal(request(path));
          await peer.do('write', 's', response);
          expect(await peer.do('receive', 'c')).to.equal(response);
        }
        await peer.do('close', 's');
        await peer.do('close', 'c');
        const one = await closed(port);
        expect(one.open?.fromStart).to.equal(false);
        expect(text(one, 'request')).to.equal(request('/one') + request('/two'));
        expect(text(one, 'response')).to.equal(response + response);
        // Of its other end, which is a target's too, there is nothing.
        expect(seen.connections.size).to.equal(before + 1);
      });

      it('are inbound where an HTTP/2 request arrives', async () => {
        const headers = '\x00\x00\x03\x01\x05\x00\x00\x00\x03\x82\x86\x84';
        await peer.do('send', 'c', headers);
        expect(await peer.do('take', 's')).to.equal(headers);
        await peer.do('write', 's', '\x00\x00\x01\x01\x05\x00\x00\x00\x03\x88');
        await peer.do('close', 's');
        await peer.do('close', 'c');
        const one = await closed(port);
        expect(text(one, 'request')).to.equal(headers);
        expect(text(one, 'response')).to.equal('\x00\x00\x01\x01\x05\x00\x00\x00\x03\x88');
      });

      it('are told of no longer when what had arrived was no request after all', async () => {
        // The client's end is looked at: something like a request comes, then it sends requests itself.
        await peer.do('write', 's', request('/in-a-body'));
        await peer.do('receive', 'c');
        await until('the mistake', () =>
          [...seen.connections.values()].some(one => one.open?.server.port === port),
        );
        await peer.do('send', 'c', request('/sent'));
        await peer.do('read', 's');
        await peer.do('write', 's', request('/again'));
        await peer.do('receive', 'c');
        await peer.do('close', 's');
        await peer.do('close', 'c');
        const mistaken = [...seen.connections.values()].find(one => one.open?.server.port === port);
        await until('its end', () => mistaken?.close !== undefined);
        expect(seen.errors).to.deep.equal([]);
        expect(mistaken && text(mistaken, 'request')).to.equal(request('/in-a-body'));
        expect(mistaken?.streams.has('response socket')).to.equal(false);
      });

      it('are counted while nothing tells', async () => {
        const before = running.counters().roleUnknownBytes;
        await peer.do('send', 'c', 'neither a request nor a response\r\n\r\n');
        await peer.do('read', 's');
        expect(running.counters().roleUnknownBytes).to.be.greaterThan(before);
        await peer.do('close', 's');
        await peer.do('close', 'c');
        // Had anything been told of it, that would come before this.
        await peer.do('listen', 'l', '4');
        const next = await peer.connect();
        await peer.do('send', 'c', request('/next'));
        await peer.do('read', 's');
        await peer.do('close', 's');
        await closed(next);
        expect(seen.byClientPort(port)).to.deep.equal([]);
      });
    });

    it('open before the agent, with TLS, are inbound from the second request on', async () => {
      const port = await freePort();
      const server = await startServer(
        'python3',
        [join(servers, 'accept_once.py'), String(port), folder.path],
        [port],
      );
      const client = new Client(port, true);
      await client.send('/before');
      await running.setTargets({ pids: new Set([server.pid]) });
      // The server was blocked in the call that reads it; what that gave is known all the same.
      await client.send('/tells');
      client.sent.length = 0;
      await client.send('/second');
      await client.send('/third');
      await until('the requests', () => seen.requests(client.localPort, 'tls') === client.expectedRequests);
      client.close();
      await closed(client.localPort);
      await server.stop();
    });
  });
}
