import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { MirrorClient, type MirrorClientOptions } from '../../../../runtime/agent/delivery/mirror-client.ts';
import { Endpoint, exchange, until } from './endpoint.ts';

const silent = { info() {}, warn() {} };

describe('the mirror client', () => {
  const endpoint = { current: new Endpoint() };
  const clients: MirrorClient[] = [];

  function client(options: Partial<MirrorClientOptions> = {}): MirrorClient {
    const made = new MirrorClient({
      connect: endpoint.current.connect,
      agent: 'node-1',
      version: '0',
      bufferBytes: 64 * 1024 * 1024,
      log: silent,
      batchDelayMs: 10,
      maxReconnectDelayMs: 50,
      ...options,
    });
    clients.push(made);
    return made;
  }

  function targets(count: number, from = 0): string[] {
    return Array.from({ length: count }, (_, index) => `/${from + index}`);
  }

  beforeEach(async () => {
    endpoint.current = new Endpoint();
    await endpoint.current.start();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map(made => made.stop(0)));
    await endpoint.current.stop();
  });

  it('delivers exchanges in order, in batches of at most 500', async () => {
    const sender = client();
    for (const target of targets(1234)) sender.add(exchange(target));
    expect(await sender.stop(10_000)).to.equal(0);
    expect(endpoint.current.targets).to.deep.equal(targets(1234));
    expect(endpoint.current.batches.map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3]);
    expect(Math.max(...endpoint.current.batches.map(({ exchanges }) => exchanges.length))).to.equal(500);
  });

  it('keeps batches below 1 MiB', async () => {
    const sender = client();
    for (const target of targets(40)) sender.add(exchange(target, 100_000));
    await sender.stop(10_000);
    expect(endpoint.current.targets).to.deep.equal(targets(40));
    expect(endpoint.current.batches.length).to.be.greaterThan(3);
  });

  it('sends a lone exchange without waiting for more', async () => {
    const sender = client();
    await until(() => sender.counters.connections === 1, 'connected');
    sender.add(exchange('/lone'));
    await until(() => endpoint.current.targets.includes('/lone'), 'delivered');
    await until(() => sender.backlog.exchanges === 0, 'acknowledged');
    expect(sender.backlog.bytes).to.equal(0);
  });

  it('keeps exchanges while processing is away', async () => {
    await endpoint.current.stop();
    const sender = client();
    for (const target of targets(700)) sender.add(exchange(target));
    await until(() => sender.counters.failures > 1, 'tried twice');
    await endpoint.current.start();
    await until(() => endpoint.current.targets.length === 700, 'delivered');
    expect(endpoint.current.targets).to.deep.equal(targets(700));
  });

  it('neither loses nor repeats anything stored when processing is killed again and again', async function () {
    this.timeout(60_000);
    let state = 7;
    const random = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state / 2 ** 32;
    };
    // A third of the batches is lost with the connection, a third stored without anyone being told.
    endpoint.current.onBatch = () => (['ack', 'silent', 'kill'] as const)[Math.floor(random() * 3)] ?? 'ack';
    const sender = client();
    let sent = 0;
    for (let round = 0; round < 25; round++) {
      for (let count = 0; count < 40; count++) sender.add(exchange(`/${sent++}`));
      const before = endpoint.current.connections;
      if (random() < 0.3) {
        await endpoint.current.stop();
        await endpoint.current.start();
      } else if (random() < 0.5) endpoint.current.kill();
      else continue;
      await until(() => endpoint.current.connections > before, 'connected again');
    }
    endpoint.current.onBatch = () => 'ack';
    endpoint.current.kill();
    expect(await sender.stop(20_000)).to.equal(0);
    expect(endpoint.current.targets).to.deep.equal(targets(sent));
    expect(endpoint.current.epochs).to.have.lengthOf(1);
  });

  it('gives up the oldest exchanges when the buffer is full, counts them and leaves no hole', async () => {
    const sender = client({ bufferBytes: 2 * 1024 * 1024 });
    await until(() => sender.counters.connections === 1, 'connected');
    // In flight, then taken back by the kill: this batch keeps its number.
    endpoint.current.onBatch = () => 'kill';
    sender.add(exchange('/first', 100_000));
    await until(() => sender.counters.failures >= 1, 'killed');
    await endpoint.current.stop();
    for (const target of targets(100)) sender.add(exchange(target, 100_000));
    expect(sender.backlog.bytes).to.be.at.most(2 * 1024 * 1024);
    const dropped = sender.counters.dropped['buffer-full'];
    expect(dropped).to.be.greaterThan(70);
    endpoint.current.onBatch = () => 'ack';
    await endpoint.current.start();
    expect(await sender.stop(10_000)).to.equal(0);
    const { batches } = endpoint.current;
    expect(batches.map(({ sequence }) => sequence)).to.deep.equal(batches.map((_, index) => index + 1));
    expect(batches[0]).to.deep.include({ exchanges: [], dropped: [{ cause: 'buffer-full', exchanges: 1 }] });
    const reported = batches.flatMap(batch => batch.dropped).reduce((sum, drop) => sum + drop.exchanges, 0);
    expect(reported).to.equal(dropped);
    expect(endpoint.current.targets).to.deep.equal(targets(101 - dropped, dropped - 1));
  });

  it('starts a new epoch when processing has forgotten a part of this one', async () => {
    const sender = client();
    sender.add(exchange('/1'));
    await until(() => endpoint.current.targets.length === 1, 'first');
    await until(() => sender.backlog.exchanges === 0, 'acknowledged');
    sender.add(exchange('/2'));
    await until(() => endpoint.current.targets.length === 2, 'second');
    await until(() => sender.backlog.exchanges === 0, 'acknowledged');
    endpoint.current.welcome = durable => Math.max(0, durable - 1);
    endpoint.current.kill();
    sender.add(exchange('/3'));
    await until(() => endpoint.current.targets.length === 3, 'third');
    expect(endpoint.current.epochs).to.have.lengthOf(2);
    expect(endpoint.current.targets).to.deep.equal(['/1', '/2', '/3']);
  });

  it('goes on in the same epoch when processing has forgotten all of it', async () => {
    const sender = client();
    sender.add(exchange('/1'));
    await until(() => sender.counters.connections === 1 && sender.backlog.exchanges === 0, 'acknowledged');
    endpoint.current.durable.clear();
    endpoint.current.kill();
    sender.add(exchange('/2'));
    await until(() => endpoint.current.targets.includes('/2'), 'delivered');
    expect(endpoint.current.epochs).to.have.lengthOf(1);
  });

  it('gives up what is left after its grace time and says how much', async () => {
    endpoint.current.onBatch = () => 'silent';
    const sender = client();
    for (const target of targets(3)) sender.add(exchange(target));
    expect(await sender.stop(100)).to.equal(3);
    expect(sender.counters.dropped.shutdown).to.equal(3);
  });

  for (const [name, frame] of Object.entries({
    'an acknowledgement of what was never sent': Buffer.from('0000000412020863', 'hex'),
    'a frame that is too long': Buffer.from('7fffffff', 'hex'),
    'a frame that is no protobuf': Buffer.from('00000002ffff', 'hex'),
    'an empty frame': Buffer.from('00000000', 'hex'),
  })) {
    it(`reconnects after ${name}, and loses nothing`, async () => {
      let hostile = true;
      const sender = client({
        async connect(signal): Promise<Duplex> {
          const socket = await endpoint.current.connect(signal);
          const end = hostile;
          hostile = false;
          if (end) setImmediate(() => socket.emit('data', frame));
          return socket;
        },
      });
      sender.add(exchange('/kept'));
      await until(() => endpoint.current.targets.includes('/kept'), 'delivered');
      expect(sender.counters.failures).to.be.greaterThan(0);
    });
  }

  it('gives a connection up when Welcome or an acknowledgement does not come in time', async () => {
    endpoint.current.onBatch = () => 'silent';
    const sender = client({ acknowledgementTimeoutMs: 50 });
    sender.add(exchange('/1'));
    await until(() => endpoint.current.connections > 1, 'reconnected');
    await until(() => sender.backlog.exchanges === 0, 'Welcome acknowledged it');
    expect(endpoint.current.targets).to.deep.equal(['/1']);
  });
});
