import { Http2Connection } from '../../../../runtime/http/http2/connection.ts';
import { damaged, fuzz } from '../../fuzz.ts';
import { Collector } from './collect.ts';
import {
  block,
  clientStart,
  data,
  frame,
  headers,
  request,
  response,
  settings,
  settingsAck,
} from './frames.ts';

const get = block(
  [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/x'],
  ],
  true,
);
const clientParts = [
  clientStart,
  request(1, '/a'),
  request(3, '/b', false, 'POST'),
  data(3, 'body', true),
  frame(0x0, 0x9, 3, Buffer.from([2, 65, 66, 0, 0])),
  headers(3, [['trailer', '1']], true),
  frame(0x1, 0x0, 5, get.subarray(0, 10)),
  frame(0x9, 0x4, 5, get.subarray(10)),
  frame(0x1, 0x2d, 7, Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 9]), get, Buffer.alloc(1)])),
  frame(0x1, 0x5, 9, Buffer.from([0x82, 0x86, 0xbe, 0xbf])),
  settingsAck,
  settings([
    [1, 0],
    [5, 20_000],
  ]),
  frame(0x8, 0, 0, Buffer.alloc(4)),
  frame(0x3, 0, 3, Buffer.alloc(4)),
];
const serverParts = [
  settings([[1, 100]]),
  settingsAck,
  response(1, '200'),
  response(3, '103', false),
  response(3, '404', false),
  data(3, 'answer', true),
  headers(5, [['grpc-status', '0']], true),
  frame(0x5, 0x4, 1, Buffer.concat([Buffer.from([0, 0, 0, 2]), get])),
  frame(0x7, 0, 0, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0])),
  frame(0x6, 0, 0, Buffer.alloc(8)),
];
const maxRetainedBytes = 64 * 1024;

describe('HTTP/2 connections under mutated streams', () => {
  it('never throw, keep the order of reports, and hold little memory', function () {
    this.timeout(600_000);
    let time = 0;
    fuzz('HTTP/2', (below, note) => {
      // The collector throws when reports come out of order.
      const connection = new Http2Connection(new Collector(), { bodyBytes: 100, fromStart: below(2) === 0 });
      for (let count = 1 + below(8); count > 0; count--) {
        const direction = below(2) === 0 ? 'request' : 'response';
        if (below(10) === 0) {
          const gap = below(30);
          note(`${direction} gap ${gap}, `);
          connection.gap(direction, gap, below(2) === 0);
          continue;
        }
        const parts = direction === 'request' ? clientParts : serverParts;
        const start = count > 5 && direction === 'request' ? clientStart : undefined;
        const bytes = damaged(start ?? (parts[below(parts.length)] as Buffer), below, 2);
        const from = below(5) === 0 ? below(bytes.length) : 0;
        const piece = bytes.subarray(from, below(5) === 0 ? from + below(bytes.length - from) : bytes.length);
        note(`${direction} ${piece.toString('hex')}, `);
        connection.push(direction, piece, time++, below(20) === 0);
        if (connection.retainedBytes > maxRetainedBytes)
          throw new Error(`holds ${connection.retainedBytes} bytes`);
      }
      connection.close();
      if (connection.retainedBytes > 8192)
        throw new Error(`holds ${connection.retainedBytes} bytes after closing`);
    });
  });

  it('hold bounded memory under streams made to fill it', () => {
    const endless = (part: (stream: number) => Buffer): number => {
      const connection = new Http2Connection(new Collector(), { bodyBytes: 65_536, fromStart: true });
      connection.push('request', clientStart, 0);
      let most = 0;
      for (let stream = 1; stream < 40_000; stream += 2) {
        connection.push('request', part(stream), 0);
        most = Math.max(most, connection.retainedBytes);
      }
      return most;
    };
    const limit = 9 * 1024 * 1024;
    const content = Buffer.alloc(5000, 'x');
    const open = (stream: number): Buffer => request(stream, '/', false, 'POST');
    const flows: readonly (readonly [string, (stream: number) => Buffer])[] = [
      ['streams that never end', open],
      ['bodies that never end', stream => Buffer.concat([open(stream), data(stream, content)])],
      ['a header block that never ends', stream => frame(stream === 1 ? 0x1 : 0x9, 0, 1, content)],
      ['empty CONTINUATION frames', stream => frame(stream === 1 ? 0x1 : 0x9, 0, 1)],
      [
        'a table that grows',
        stream =>
          frame(
            0x1,
            0x5,
            stream,
            Buffer.concat([
              Buffer.from([0x3f, 0xe1, 0xff, 0xff, 0x03]),
              block([['a', `${stream}${'y'.repeat(500)}`]], true),
            ]),
          ),
      ],
      ['settings never acknowledged', () => settings([[1, 65_536]])],
      ['a frame of 16 MiB', () => Buffer.from([0xff, 0xff, 0xff, 0x1, 0, 0, 0, 0, 1])],
    ];
    for (const [what, part] of flows) {
      const most = endless(part);
      if (most > limit) throw new Error(`${what}: holds ${most} bytes`);
    }
  }).timeout(120_000);

  it('give up a connection whose boundaries are wrong again and again', () => {
    const update = frame(0x8, 0, 0, Buffer.alloc(4));
    const unit = Buffer.concat([update, update, update, Buffer.from([0xff])]);
    const collector = new Collector();
    const connection = new Http2Connection(collector, { bodyBytes: 100, fromStart: false });
    for (let count = 0; count < 1100; count++) connection.push('request', unit, 0);
    if (!collector.foreign) throw new Error(`still followed after ${collector.losses.length} losses`);
    if (connection.retainedBytes > 8192) throw new Error(`holds ${connection.retainedBytes} bytes`);
  });
});
