import { expect } from 'chai';
import { type Server, until, workFolder } from '../support.ts';
import { abrupt, habits, shortConnections } from './habits.ts';
import { Observer } from './observer.ts';
import { expectSame } from './oracle.ts';
import {
  apacheSubject,
  haproxySubject,
  nginxSubject,
  nodeSubject,
  pythonSubject,
  type Subject,
} from './servers.ts';
import { http1Traffic, type SentExchange } from './traffic.ts';

/** Needs root, BTF, `npm run build:bpf`, nginx, haproxy, apache2, python3 and openssl; fails without them. */
describe('what observe shows of rare habits, against what clients did', function () {
  this.timeout(120_000);
  const running: (Server | Observer)[] = [];

  afterEach(async () => {
    for (const one of running.splice(0).reverse()) await one.stop();
  });

  function keep<T extends Server | Observer>(one: T): T {
    running.push(one);
    return one;
  }

  function workspace(): string {
    const one = workFolder();
    running.push({ stop: async () => one.remove() } as Server);
    return one.path;
  }

  async function nginx(): Promise<Subject & { proxied: number }> {
    const upstream = keep(await nodeSubject(workspace()));
    return keep(await nginxSubject(workspace(), upstream.ports.http ?? 0));
  }

  const subjects: Record<string, () => Promise<Subject>> = {
    nginx,
    haproxy: async () => keep(await haproxySubject(workspace(), (await nginx()).proxied)),
    'apache, mpm_event': async () => keep(await apacheSubject(workspace(), 'event')),
    'Node.js': async () => keep(await nodeSubject(workspace())),
    'Python with threads': async () => keep(await pythonSubject(workspace(), 'threads.py')),
    'Python with asyncio': async () => keep(await pythonSubject(workspace(), 'asyncio_server.py')),
    'Python in several processes': async () => keep(await pythonSubject(workspace(), 'threads.py', 3)),
  };
  /** What a server here cannot, as it is configured: content for a file, upgrades, closing after HTTP/1.0, interim responses. */
  const unable: Record<string, readonly string[]> = {
    haproxy: ['upgrade'],
    'apache, mpm_event': ['expectLength', 'expectChunked', 'trailers', 'byteByByte', 'upgrade'],
    'Python with threads': ['expectLength', 'expectChunked', 'trailers', 'upgrade'],
    'Python in several processes': ['expectLength', 'expectChunked', 'trailers', 'upgrade'],
    'Python with asyncio': ['expectLength', 'expectChunked', 'trailers', 'upgrade', 'http10'],
  };

  async function expectExchanges(
    observer: Observer,
    label: string,
    sent: readonly SentExchange[][],
  ): Promise<void> {
    const mine = () => observer.exchanges.filter(one => one.request.target.startsWith(`/${label}/`));
    await until('all exchanges', () => mine().length >= sent.flat().length, 15_000).catch(() => {});
    expectSame(mine(), sent, true);
  }

  for (const [name, start] of Object.entries(subjects)) {
    it(`${name}: HTTP/1.0, closes, expectations, trailers, shreds, responses without content, upgrades`, async () => {
      const subject = await start();
      const observer = keep(await new Observer(['--pid', String(subject.pid)]).ready());
      for (const kind of ['http', 'https'] as const) {
        const port = subject.ports[kind];
        if (port === undefined) continue;
        const able = Object.entries(habits).filter(([habit]) => !unable[name]?.includes(habit));
        const sent = await Promise.all(
          able.map(([, habit]) => habit({ port, secure: kind === 'https', label: kind })),
        );
        await expectExchanges(observer, kind, sent);
      }
    });
  }

  it('shows 5000 short connections, each once', async () => {
    const subject = await nginx();
    const observer = keep(await new Observer(['--pid', String(subject.pid)]).ready());
    const sent = await shortConnections(
      { port: subject.ports.http ?? 0, secure: false, label: 'many' },
      5000,
    );
    await expectExchanges(observer, 'many', sent);
  });

  for (const kind of ['http', 'https'] as const) {
    it(`shows what was answered before a reset, and connections beside it, over ${kind}`, async () => {
      const subject = await nginx();
      const observer = keep(await new Observer(['--pid', String(subject.pid)]).ready());
      const options = { port: subject.ports[kind] ?? 0, secure: kind === 'https', label: kind };
      const [sent, ...others] = await Promise.all([
        abrupt(options, 30),
        ...(await http1Traffic({ ...options, label: 'beside' })),
      ]);
      await until(
        'all',
        () => observer.exchanges.length >= (sent?.length ?? 0) + others.flat().length,
        15_000,
      ).catch(() => {});
      const whole = observer.exchanges.filter(one => !one.request.target.endsWith('/half'));
      expectSame(whole, [...(sent ?? []), ...others], true);
    });
  }

  it('shows everything while workers are replaced under load', async () => {
    const subject = await nginx();
    const observer = keep(await new Observer(['--pid', String(subject.pid)]).ready());
    const options = { port: subject.ports.https ?? 0, secure: true, label: 'restart' };
    const traffic = Promise.all([
      shortConnections(options, 300),
      shortConnections(
        { ...options, port: subject.ports.http ?? 0, secure: false, label: 'restart-plain' },
        300,
      ),
    ]);
    for (let time = 0; time < 3; time++) {
      const before = observer.exchanges.length;
      subject.process.kill('SIGHUP');
      await until('traffic goes on', () => observer.exchanges.length > before + 50);
    }
    // One port of the client may serve for both of the server.
    const [secure, plain] = await traffic;
    await expectExchanges(observer, 'restart', secure);
    await expectExchanges(observer, 'restart-plain', plain);
  });

  for (const kind of ['http', 'https'] as const) {
    it(`shows connections from the moment it is there, over ${kind}`, async () => {
      const subject = await nginx();
      const options = { port: subject.ports[kind] ?? 0, secure: kind === 'https', label: 'late' };
      const going = shortConnections({ ...options, label: 'before' }, 400, 4);
      const observer = keep(await new Observer(['--pid', String(subject.pid)]).ready());
      const sent = await http1Traffic(options);
      await going;
      await expectExchanges(observer, 'late', sent);
      // Of those under way at that moment, no exchange with another's response or address.
      const known = new Map((await going).flat().map(one => [one.target, one]));
      for (const one of observer.exchanges.filter(each => each.request.target.startsWith('/before/')))
        expect(one.client).to.equal(known.get(one.request.target)?.client);
    });
  }
});
