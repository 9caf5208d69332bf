import { expect } from 'chai';
import { toExchange } from '../../../../runtime/agent/exchange/assembled-exchange.ts';
import { ExchangeAssembler } from '../../../../runtime/agent/exchange/assembler.ts';
import { frameType } from '../../../../runtime/http/http2/frame-header.ts';
import type { Exchange } from '../../../../runtime/protocol/generated/mirror.ts';
import { clientStart, frame } from '../../http/http2/frames.ts';
import { answer, get, pairs, Script } from './events.ts';

const mib = 1024 * 1024;
const pieceBytes = 16_384;

/** Plays input in pieces as the capture cuts it; gives what came out, and the most memory that was held. */
function play(input: Buffer): { exchanges: Exchange[]; mostBytes: number; assembler: ExchangeAssembler } {
  const exchanges: Exchange[] = [];
  const assembler = new ExchangeAssembler({ emit: exchange => exchanges.push(toExchange(exchange)) });
  const script = new Script();
  assembler.push(script.open());
  let mostBytes = 0;
  for (let at = 0; at < input.length; at += pieceBytes) {
    assembler.push(script.request(input.subarray(at, at + pieceBytes)));
    mostBytes = Math.max(mostBytes, assembler.retainedBytes);
  }
  return { exchanges, mostBytes, assembler };
}

describe('hostile requests', function () {
  this.timeout(60_000);

  it('with a million header fields take bounded memory, and are shown with the first 200 at most', () => {
    const fields = 'a:b\r\n'.repeat(1_000_000);
    const { exchanges, mostBytes, assembler } = play(
      Buffer.from(`GET /many HTTP/1.1\r\n${fields}\r\n${get('/next')}`),
    );
    assembler.close();
    expect(mostBytes).to.be.lessThan(mib);
    expect(pairs(exchanges)[0]).to.equal('GET /many → -');
    expect(exchanges[0]?.request?.headers.length).to.be.at.most(200);
  });

  it('with a header line of 2 MiB take bounded memory, and the next request is read', () => {
    const line = `Cookie: ${'c'.repeat(2 * mib)}\r\n`;
    const { exchanges, mostBytes, assembler } = play(
      Buffer.from(`GET /long HTTP/1.1\r\nHost: h\r\n${line}\r\n${get('/next')}`),
    );
    assembler.close();
    expect(mostBytes).to.be.lessThan(mib);
    expect(pairs(exchanges)).to.have.members(['GET /long → -', 'GET /next → -']);
    expect(assembler.counters.losses['too-large']).to.equal(1);
  });

  it('with a start line of 8 MiB hold next to nothing', () => {
    const { exchanges, mostBytes } = play(Buffer.from(`GET /${'x'.repeat(8 * mib)} HTTP/1.1\r\n\r\n`));
    expect(mostBytes).to.be.lessThan(mib);
    expect(exchanges).to.deep.equal([]);
  });

  it('with chunk extensions, trailers or chunks of one byte by the megabyte take bounded memory', () => {
    const start = 'POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
    for (const rest of [
      `1;${'x'.repeat(4 * mib)}`,
      `0\r\n${'Trailer: x\r\n'.repeat(400_000)}\r\n`,
      '1\r\nz\r\n'.repeat(1_000_000),
      `${'0'.repeat(4 * mib)}1\r\n`,
    ]) {
      const { exchanges, mostBytes, assembler } = play(Buffer.from(start + rest));
      assembler.close();
      expect(mostBytes).to.be.lessThan(mib);
      expect(exchanges[0]?.request?.target).to.equal('/c');
    }
  });

  it('with CONTINUATION frames without end take bounded memory', () => {
    const block = frame(frameType.continuation, 0, 1, Buffer.alloc(16_000, 0x82));
    const begin = frame(frameType.headers, 0x1, 1, Buffer.from([0x82]));
    const flood = [clientStart, begin, ...Array<Buffer>(2000).fill(block)];
    expect(play(Buffer.concat(flood)).mostBytes).to.be.lessThan(2 * mib);
    const empty = frame(frameType.continuation, 0, 1, Buffer.alloc(0));
    const drops = [clientStart, begin, ...Array<Buffer>(500_000).fill(empty)];
    expect(play(Buffer.concat(drops)).mostBytes).to.be.lessThan(2 * mib);
  });

  it('with an HPACK bomb, one large field named again and again, take bounded memory', () => {
    // Literal with incremental indexing, name and value of 2000 bytes: then 0xbe, the newest entry, by one byte each.
    const length = Buffer.from([0x7f, ...[2000 - 127].flatMap(rest => [(rest & 0x7f) | 0x80, rest >> 7])]);
    const text = Buffer.alloc(2000, 0x61);
    const bomb = Buffer.concat([
      Buffer.from([0x82, 0x84, 0x86, 0x40]),
      ...[length, text, length, text],
      Buffer.alloc(12_000, 0xbe),
    ]);
    const requests = Array.from({ length: 100 }, (_, index) =>
      frame(frameType.headers, 0x5, 2 * index + 1, bomb),
    );
    const { mostBytes, assembler } = play(Buffer.concat([clientStart, ...requests]));
    expect(mostBytes).to.be.lessThan(256 * mib);
    expect(assembler.counters.headerFieldsDropped).to.be.greaterThan(0);
    assembler.close();
    expect(assembler.retainedBytes).to.equal(0);
  });

  it('with 100 000 streams that never end take bounded memory', () => {
    const head = Buffer.from([0x82, 0x84, 0x86, 0x41, 0x01, 0x61]);
    const streams = Array.from({ length: 100_000 }, (_, index) =>
      frame(frameType.headers, 0x4, 2 * index + 1, head),
    );
    const { mostBytes } = play(Buffer.concat([clientStart, ...streams]));
    expect(mostBytes).to.be.lessThan(16 * mib);
  });

  it('with compressed contents are passed on as they are', () => {
    for (const coding of ['gzip', 'br', 'zstd']) {
      const content = Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0xff, 0x00, 0x0d, 0x0a]);
      const head = `POST /z HTTP/1.1\r\nContent-Encoding: ${coding}\r\nContent-Length: ${content.length}\r\n\r\n`;
      const { exchanges, assembler } = play(Buffer.concat([Buffer.from(head), content]));
      assembler.close();
      expect(exchanges[0]?.request?.body).to.deep.equal(content);
    }
  });

  it('leave the connections of others as they are', () => {
    const [other, script] = [new Script(2), new Script(1)];
    const exchanges: Exchange[] = [];
    const assembler = new ExchangeAssembler({ emit: exchange => exchanges.push(toExchange(exchange)) });
    for (const event of [other.open(), other.request(get('/mine')), script.open()]) assembler.push(event);
    for (let index = 0; index < 1000; index++) assembler.push(script.request(Buffer.alloc(pieceBytes, 0x41)));
    assembler.push(other.response(answer(200)));
    expect(pairs(exchanges)).to.deep.equal(['GET /mine → 200']);
  });
});
