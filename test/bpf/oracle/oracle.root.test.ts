import { expect } from 'chai';
import { type Server, until, workFolder } from '../support.ts';
import { Observer } from './observer.ts';
import { expectSame } from './oracle.ts';
import {
  apacheSubject,
  haproxySubject,
  type Kind,
  nginxSubject,
  nodeSubject,
  pythonSubject,
  type Subject,
} from './servers.ts';
import { http1Traffic, http2Traffic } from './traffic.ts';

/** Needs root, BTF, `npm run build:bpf`, nginx, haproxy, apache2, python3 and openssl; fails without them. */
describe('what observe shows, against what clients and servers logged', function () {
  this.timeout(120_000);
  const folder = workFolder();
  const running: (Server | Observer)[] = [];

  afterEach(async () => {
    for (const one of running.splice(0).reverse()) await one.stop();
  });
  after(() => folder.remove());

  function keep<T extends Server | Observer>(one: T): T {
    running.push(one);
    return one;
  }

  async function compare(subject: Subject, kinds: readonly Kind[]): Promise<void> {
    const observer = keep(await new Observer(['--pid', String(subject.pid)]).ready());
    for (const kind of kinds) {
      const port = subject.ports[kind] ?? 0;
      const options = {
        port,
        secure: kind === 'https' || kind === 'h2',
        label: kind,
        bodies: subject.readsBodies !== false,
      };
      const http2 = kind === 'h2' || kind === 'h2c';
      const sent = http2 ? await http2Traffic(options) : await http1Traffic(options);
      const mine = () => observer.exchanges.filter(one => one.request.target.startsWith(`/${kind}/`));
      await until(`${sent.flat().length} exchanges`, () => mine().length >= sent.flat().length).catch(
        () => {},
      );
      expectSame(mine(), sent, !http2);
      for (const one of mine()) {
        expect(one.tls).to.equal(options.secure);
        expect(one.protocol).to.equal(http2 ? 'HTTP/2' : 'HTTP/1.1');
        expect(one.server).to.equal(`127.0.0.1:${port}`);
      }
      if (subject.accessLog) {
        const log = subject.accessLog;
        const shown = () =>
          mine().map(
            one =>
              `${one.client.split(':')[1]} ${one.request.method} ${one.request.target} ${one.response?.status}`,
          );
        const logged = () => log().filter(line => line.includes(` /${kind}/`));
        await until('the access log is written', () => logged().length >= shown().length);
        expect(shown().sort()).to.deep.equal(logged().sort());
      }
    }
    running.splice(running.indexOf(observer), 1);
    const { capture } = await observer.stop();
    // No unseenBytes here: haproxy throws away what a client still sends at the end (an HTTP/2 GOAWAY) by receiving it unread
    // (MSG_TRUNC). What matters is compared above, exchange by exchange.
    expect(capture).to.include({
      ringFullBytes: 0,
      copyFaultBytes: 0,
      tlsUnassociatedBytes: 0,
      stateFull: 0,
    });
  }

  const all = ['http', 'https', 'h2c', 'h2'] as const;

  it('nginx: HTTP/1.1 and HTTP/2, plain and TLS', async () => {
    await compare(await nginx(), all);
  });

  it('haproxy: HTTP/1.1 and HTTP/2, plain and TLS', async () => {
    const upstream = await nginx();
    await compare(keep(await haproxySubject(workspace(), upstream.proxied)), all);
  });

  it('nginx behind haproxy: the client of the PROXY header, versions 1 and 2', async () => {
    const upstream = await nginx();
    const proxy = keep(await haproxySubject(workspace(), upstream.proxied));
    const observer = keep(await new Observer(['--pid', String(upstream.pid)]).ready());
    for (const label of ['v1', 'v2']) {
      const sent = await http1Traffic({ port: proxy.ports.http ?? 0, secure: false, label });
      const mine = () => observer.exchanges.filter(one => one.request.target.startsWith(`/${label}/`));
      await until('all exchanges', () => mine().length >= sent.flat().length).catch(() => {});
      // haproxy spreads a client's requests over connections.
      expectSame(mine(), sent, false);
    }
  });

  for (const mpm of ['event', 'prefork'] as const) {
    it(`apache with mpm_${mpm}`, async () => {
      const subject = keep(await apacheSubject(workspace(), mpm));
      await compare(subject, Object.keys(subject.ports) as Kind[]);
    });
  }

  it('Node.js: HTTP/1.1 and HTTP/2, plain and TLS', async () => {
    await compare(keep(await nodeSubject(workspace())), all);
  });

  it('Python with a thread per connection', async () => {
    await compare(keep(await pythonSubject(workspace(), 'threads.py')), ['https']);
  });

  it('Python with asyncio', async () => {
    await compare(keep(await pythonSubject(workspace(), 'asyncio_server.py')), ['https']);
  });

  it('Python in several processes that share a listening socket', async () => {
    await compare(keep(await pythonSubject(workspace(), 'threads.py', 3)), ['https']);
  });

  async function nginx() {
    const upstream = keep(await nodeSubject(workspace()));
    return keep(await nginxSubject(workspace(), upstream.ports.http ?? 0));
  }

  function workspace(): string {
    const one = workFolder();
    running.push({ stop: async () => one.remove() } as Server);
    return one.path;
  }
});
