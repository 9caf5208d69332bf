/**
 * How fast the HPACK decoder and the HTTP/2 connection are, on recorded blocks and on a synthetic connection:
 *
 *     node runtime/node.mjs bench/hpack/main.ts
 */
import { HpackDecoder } from '../../runtime/http/hpack/decoder.ts';
import { Http2Connection } from '../../runtime/http/http2/connection.ts';
import type { Http2Handler } from '../../runtime/http/http2/handler.ts';
import { ModelEncoder } from '../../test/runtime/http/hpack/model-encoder.ts';
import { readFixture } from '../../test/runtime/http/hpack/record/fixture.ts';
import { clientStart, data, frame, settings, settingsAck } from '../../test/runtime/http/http2/frames.ts';

const roundMs = 60;
const rounds = 40;

/** CPU time of this process, microseconds: other programs on the machine do not count. */
function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Runs `work` for a while, several times; the best round, microseconds of CPU per item. */
function best(work: () => number): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = cpuMicroseconds();
    let items = 0;
    while (cpuMicroseconds() - start < roundMs * 1000) items += work();
    lowest = Math.min(lowest, (cpuMicroseconds() - start) / items);
  }
  return lowest;
}

function row(what: string, microseconds: number): void {
  const perSecond = Math.round(1e6 / microseconds / 1000);
  console.log(
    `${what.padEnd(52)} ${microseconds.toFixed(2).padStart(7)} µs ${String(perSecond).padStart(6)} k/s`,
  );
}

for (const { encoder, sequences } of readFixture()) {
  const microseconds = best(() => {
    let blocks = 0;
    for (const sequence of sequences) {
      const decoder = new HpackDecoder();
      for (const { block } of sequence.blocks) decoder.decode(block);
      blocks += sequence.blocks.length;
    }
    return blocks;
  });
  row(`header block, ${encoder}`, microseconds);
}

/** What a browser or gRPC client sends again and again: all but the identifier and path come from the table. */
function steadyConnection(exchanges: number): { request: Buffer[]; response: Buffer[] } {
  const [client, server] = [new ModelEncoder(), new ModelEncoder()];
  const fixed = [
    'user-agent',
    'accept',
    'authorization',
    'cookie',
    'content-type',
    'accept-encoding',
    'x-client',
  ];
  const request: Buffer[] = [clientStart];
  const response: Buffer[] = [Buffer.concat([settings(), settingsAck])];
  for (let number = 0; number < exchanges; number++) {
    const stream = number * 2 + 1;
    const literal = (name: number | string, value: string, form: 'indexing' | 'plain' = 'plain') =>
      ({ kind: 'literal', form, name, value }) as const;
    const known = (pick: number) => ({ kind: 'indexed', pick }) as const;
    const head = client.encode([
      known(2),
      known(5),
      literal(3, `/api/v1/orders/${number}`),
      ...(number === 0
        ? fixed.map(name => literal(name, `value of ${name}`, 'indexing'))
        : fixed.map((_, index) => known(61 + index))),
      literal('x-request-id', `${number}-0123456789abcdef`),
    ]);
    request.push(frame(0x1, 0x4, stream, head.block), data(stream, '{"quantity":1}', true));
    const answer = server.encode([known(7), literal(27, '27'), literal(32, 'Sat, 21 Nov 2026 12:00:00 GMT')]);
    response.push(frame(0x1, 0x4, stream, answer.block), data(stream, 'x'.repeat(27), true));
  }
  return { request, response };
}

const exchanges = 1000;
const { request, response } = steadyConnection(exchanges);
let reported = 0;
const handler: Http2Handler = {
  onRequestHead: () => {},
  onRequestEnd: () => {},
  onResponseHead: () => {},
  onOrphanResponse: () => {},
  onTrailers: () => {},
  onStreamEnd: () => {
    reported++;
  },
  onLoss: (direction, cause) => {
    throw new Error(`${direction}: ${cause}`);
  },
  onForeign: () => {
    throw new Error('foreign');
  },
};
const microseconds = best(() => {
  const connection = new Http2Connection(handler, { bodyBytes: 65_536, fromStart: true });
  reported = 0;
  connection.push('request', request[0] as Buffer, 0);
  connection.push('response', response[0] as Buffer, 0);
  for (let index = 1; index < request.length; index++) {
    connection.push('request', request[index] as Buffer, 0);
    connection.push('response', response[index] as Buffer, 0);
  }
  if (reported !== exchanges) throw new Error(`${reported} exchanges instead of ${exchanges}`);
  return exchanges;
});
row('exchange (10 request fields, 4 frames)', microseconds);
