import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeBatch,
  maxRecordPayloadBytes,
  recordKinds,
} from '../../../../runtime/agent/capture/record-decoder.ts';
import { type RecordFields, record } from './record-builder.ts';

function openPayload(family: number, local: number[], remote: number[], ports: [number, number]): Buffer {
  const payload = Buffer.alloc(40);
  payload.writeUInt16LE(family, 0);
  payload.writeUInt16BE(ports[0], 2);
  payload.writeUInt16BE(ports[1], 4);
  payload.set(local, 8);
  payload.set(remote, 24);
  return payload;
}

describe('decodeBatch', () => {
  it('decodes data with its position, process and Unix time', () => {
    const batch = record({
      kind: recordKinds.data,
      direction: 1,
      layer: 1,
      connection: 77n,
      // 200 days after the boot.
      timeNs: 17_280_000_000_005_999n,
      position: 123456789012n,
      otherPosition: 4711n,
      pid: 42,
      comm: 'nginx',
      payload: Buffer.from('hello'),
    });
    const { events, malformed } = decodeBatch(batch, 1_700_000_000_000_001_000n);
    expect(malformed).to.equal(0);
    expect(events).to.deep.equal([
      {
        kind: 'data',
        connection: 77,
        timeUs: 1_717_280_000_000_006,
        direction: 'response',
        layer: 'tls',
        position: 123456789012,
        otherPosition: 4711,
        bytes: batch.subarray(72, 77),
        pid: 42,
        comm: 'nginx',
      },
    ]);
  });

  it('gives the gap that a data record tells of before the data', () => {
    const fields = {
      kind: recordKinds.data,
      detail: 1,
      position: 50n,
      bytes: 20n,
      gapReason: 2,
      payload: Buffer.from('x'),
    };
    const { events } = decodeBatch(record(fields), 0n);
    expect(events[0]).to.deep.equal({
      kind: 'gap',
      connection: 1,
      direction: 'request',
      layer: 'socket',
      position: 30,
      bytes: 20,
      reason: 'not-copied',
    });
    expect(events[1]).to.include({ kind: 'data', position: 50, startsFrame: true });
    for (const wrong of [{ gapReason: 0 }, { gapReason: 9 }, { bytes: 51n }]) {
      expect(decodeBatch(record({ ...fields, ...wrong }), 0n)).to.include({ malformed: 1 });
    }
  });

  it('gives what the programs know of the response under way, and of heads that were lost', () => {
    const fields = { kind: recordKinds.data, position: 50n, payload: Buffer.from('x') };
    const decoded = (part: Partial<RecordFields>) =>
      decodeBatch(record({ ...fields, ...part }), 0n).events.at(-1);
    expect(decoded({ detail: 2 })).to.include({ direction: 'request', chunked: 'ended' });
    expect(decoded({ detail: 4 })).to.include({ chunked: 'goes-on' });
    expect(decoded({ detail: 12 })).to.include({ chunked: 'goes-on', behindLoss: true });
    expect(decoded({ detail: 16 })).to.include({ serverEnded: true });
    const behindGap = { direction: 1, bytes: 20n, gapReason: 1 };
    expect(decoded({ ...behindGap, headsLost: 3 })).to.include({ headsLost: 3 });
    expect(decoded({ ...behindGap, detail: 2, headsLost: 0 })).to.include({ chunked: 'ended', headsLost: 0 });
    expect(decoded(behindGap)).not.to.have.property('headsLost');
    expect(decoded({ direction: 1, headsLost: 3 })).not.to.have.property('headsLost');
  });

  it('decodes the addresses of a connection', () => {
    const v4 = record({
      kind: recordKinds.open,
      detail: 1,
      position: 99n,
      payload: openPayload(2, [10, 0, 0, 1], [192, 168, 1, 2], [80, 50000]),
    });
    const v6 = record({
      kind: recordKinds.open,
      payload: openPayload(
        10,
        [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1],
        [...Array(15).fill(0), 1],
        [443, 1],
      ),
    });
    const { events } = decodeBatch(Buffer.concat([v4, v6]), 0n);
    expect(events).to.deep.equal([
      {
        kind: 'open',
        connection: 1,
        timeUs: 0,
        server: { ip: '10.0.0.1', port: 80 },
        client: { ip: '192.168.1.2', port: 50000 },
        cgroupId: 99n,
        fromStart: true,
      },
      {
        kind: 'open',
        connection: 1,
        timeUs: 0,
        server: { ip: '2001:db8::1', port: 443 },
        client: { ip: '::1', port: 1 },
        cgroupId: 0n,
        fromStart: false,
      },
    ]);
  });

  it('decodes gaps, closes and notices in order', () => {
    const { events, notices } = decodeBatch(
      Buffer.concat([
        record({ kind: recordKinds.exec, pid: 7 }),
        record({ kind: recordKinds.exit, pid: 6 }),
        record({ kind: recordKinds.gap, detail: 2, position: 10n, bytes: 5n }),
        record({ kind: recordKinds.tlsUnprobed, pid: 8 }),
        record({ kind: recordKinds.close }),
      ]),
      0n,
    );
    expect(events.map(event => event.kind)).to.deep.equal(['gap', 'close']);
    expect(events[0]).to.include({
      reason: 'not-copied',
      position: 10,
      bytes: 5,
      direction: 'request',
      layer: 'socket',
    });
    expect(notices).to.deep.equal([
      { kind: 'exec', pid: 7 },
      { kind: 'exit', pid: 6 },
      { kind: 'tls-unprobed', pid: 8 },
    ]);
  });

  it('skips a record that breaks the format and goes on', () => {
    const bad = [
      record({ kind: 0 }),
      record({ kind: 200 }),
      record({ kind: recordKinds.data, direction: 2, payload: Buffer.from('x') }),
      record({ kind: recordKinds.data }),
      record({ kind: recordKinds.gap, detail: 0, bytes: 1n }),
      record({ kind: recordKinds.gap, detail: 9, bytes: 1n }),
      record({ kind: recordKinds.open, payload: Buffer.alloc(12) }),
      record({ kind: recordKinds.open, payload: openPayload(99, [], [], [1, 1]) }),
      record({ kind: recordKinds.close, connection: 1n << 60n }),
    ];
    const { events, malformed } = decodeBatch(
      Buffer.concat([...bad, record({ kind: recordKinds.close })]),
      0n,
    );
    expect(malformed).to.equal(bad.length);
    expect(events).to.have.length(1);
  });

  it('ends a batch whose record claims more than there is', () => {
    const cut = record({ kind: recordKinds.data, payload: Buffer.from('abc'), length: 4000 });
    expect(decodeBatch(cut, 0n)).to.deep.equal({ events: [], notices: [], malformed: 1 });
    expect(decodeBatch(record({ kind: recordKinds.close }).subarray(0, 63), 0n).malformed).to.equal(1);
    const long = record({ kind: recordKinds.data, payload: Buffer.alloc(maxRecordPayloadBytes + 8) });
    expect(decodeBatch(long, 0n).malformed).to.equal(1);
  });

  it('survives random bytes: never throws, never reads outside, never returns more than fits', () => {
    const anyRecord = fc
      .record({
        kind: fc.integer({ min: 0, max: 8 }),
        direction: fc.integer({ min: 0, max: 3 }),
        layer: fc.integer({ min: 0, max: 3 }),
        detail: fc.integer({ min: 0, max: 6 }),
        connection: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        position: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        payload: fc.uint8Array({ maxLength: 64 }),
      })
      .map(record);
    const pieces = fc.array(fc.oneof(anyRecord, fc.uint8Array({ maxLength: 200 }), anyRecord), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(pieces, fc.nat(200), (parts, start) => {
        const whole = Buffer.concat(parts);
        const batch = whole.subarray(Math.min(start, whole.length));
        const { events, notices, malformed } = decodeBatch(batch, 0n);
        // A record tells of two things at most: data and the gap before it, a close and a process that no probe covers.
        expect(events.length + notices.length + malformed).to.be.at.most(2 * Math.ceil(batch.length / 64));
        for (const event of events) {
          expect(event.connection).to.satisfy(Number.isSafeInteger);
          if (event.kind !== 'data') continue;
          expect(event.bytes.byteOffset).to.be.at.least(batch.byteOffset);
          expect(event.bytes.byteOffset + event.bytes.length).to.be.at.most(batch.byteOffset + batch.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
