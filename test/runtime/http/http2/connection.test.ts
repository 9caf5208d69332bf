import { expect } from 'chai';
import { frameFlag, frameType } from '../../../../runtime/http/http2/frame-header.ts';
import { collect, type Step, summary } from './collect.ts';
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

const client = (...parts: Buffer[]): Step => ({ direction: 'request', bytes: Buffer.concat(parts) });
const server = (...parts: Buffer[]): Step => ({ direction: 'response', bytes: Buffer.concat(parts) });
const opened: readonly Step[] = [client(clientStart), server(settings(), settingsAck)];

describe('HTTP/2 connection', () => {
  it('reports a request with its response', () => {
    const { streams, losses } = collect([
      ...opened,
      client(
        headers(1, [
          [':method', 'POST'],
          [':scheme', 'https'],
          [':authority', 'api.example.com'],
          [':path', '/a?b=c'],
          ['content-type', 'text/plain'],
        ]),
        data(1, 'hello '),
        data(1, 'world', true),
      ),
      server(
        headers(1, [
          [':status', '201'],
          ['server', 'x'],
        ]),
        data(1, 'ignored', true),
      ),
    ]);
    expect(losses).to.deep.equal([]);
    expect(streams.map(summary)).to.deep.equal([
      {
        stream: 1,
        request: {
          line: 'POST https://api.example.com /a?b=c',
          fields: ['content-type: text/plain'],
          complete: true,
        },
        body: Buffer.from('hello world').toString('base64'),
        truncated: false,
        lostBytes: 0,
        responses: [{ status: 201, fields: ['server: x'] }],
        trailers: [],
        end: 'complete',
      },
    ]);
  });

  it('gives the time of the first byte of a request and of the last byte of a response head', () => {
    const head = request(1, '/');
    const answer = response(1, '200');
    const { streams } = collect([
      ...opened,
      { direction: 'request', bytes: head.subarray(0, 3), time: 10 },
      { direction: 'request', bytes: head.subarray(3), time: 11 },
      { direction: 'response', bytes: answer.subarray(0, 12), time: 20 },
      { direction: 'response', bytes: answer.subarray(12), time: 21 },
    ]);
    expect(streams[0]?.request?.firstByteTime).to.equal(10);
    expect(streams[0]?.responses[0]?.lastByteTime).to.equal(21);
  });

  it('removes padding and priority from HEADERS, and padding from DATA (RFC 9113 §6.1, §6.2)', () => {
    const fields = block([
      [':method', 'PUT'],
      [':scheme', 'http'],
      [':path', '/p'],
      [':authority', 'h'],
    ]);
    const { streams, losses } = collect([
      ...opened,
      client(
        frame(
          frameType.headers,
          frameFlag.endHeaders | frameFlag.padded | frameFlag.priority,
          1,
          Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 16]), fields, Buffer.alloc(3)]),
        ),
        frame(frameType.data, frameFlag.padded, 1, Buffer.from('\u0002abXX', 'latin1')),
        frame(frameType.data, frameFlag.padded | frameFlag.endStream, 1, Buffer.from('\u0000cd', 'latin1')),
      ),
    ]);
    expect(losses).to.deep.equal([]);
    expect(streams[0]?.request?.target).to.equal('/p');
    expect(streams[0]?.requestEnd?.body.toString()).to.equal('abcd');
  });

  it('joins CONTINUATION frames and passes over frames of no interest', () => {
    const fields = block([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/long'],
      ['x', 'y'.repeat(300)],
    ]);
    const { streams, losses } = collect([
      ...opened,
      client(
        frame(frameType.ping, 0, 0, Buffer.alloc(8)),
        frame(frameType.windowUpdate, 0, 0, Buffer.alloc(4)),
        frame(frameType.priority, 0, 5, Buffer.alloc(5)),
        frame(0xfa, 0x55, 7, Buffer.from('unknown types are ignored')),
        frame(frameType.headers, frameFlag.endStream, 1, fields.subarray(0, 5)),
        frame(frameType.continuation, 0, 1),
        frame(frameType.continuation, 0, 1, fields.subarray(5, 200)),
        frame(frameType.continuation, frameFlag.endHeaders, 1, fields.subarray(200)),
      ),
    ]);
    expect(losses).to.deep.equal([]);
    expect(streams[0]?.request?.target).to.equal('/long');
    expect(streams[0]?.request?.fields[0]?.value.length).to.equal(300);
    expect(streams[0]?.requestEnd?.truncated).to.equal(false);
  });

  it('tells interim responses, the final one and trailers apart', () => {
    const { streams } = collect([
      ...opened,
      client(request(1, '/pkg.Service/Method', false, 'POST'), data(1, 'x'), headers(1, [['t', '1']], true)),
      server(
        response(1, '103', false),
        response(1, '200', false),
        data(1, 'y'),
        headers(1, [['grpc-status', '0']], true),
      ),
    ]);
    expect(streams[0]?.responses.map(({ status }) => status)).to.deep.equal([103, 200]);
    expect(streams[0]?.trailers.map(([direction, { fields }]) => [direction, fields[0]?.name])).to.deep.equal(
      [
        ['request', 't'],
        ['response', 'grpc-status'],
      ],
    );
    expect(streams[0]?.end).to.equal('complete');
  });

  it('keeps interleaved streams apart', () => {
    const { streams } = collect([
      ...opened,
      client(request(1, '/a', false, 'POST'), request(3, '/b', false, 'POST'), data(1, 'A'), data(3, 'B')),
      server(response(3, '200')),
      client(data(3, 'B', true), data(1, 'A', true)),
      server(response(1, '404')),
    ]);
    const told = streams.map(({ request, requestEnd, responses }) => [
      request?.target,
      requestEnd?.body.toString(),
      responses[0]?.status,
    ]);
    expect(told).to.deep.equal([
      ['/a', 'AA', 404],
      ['/b', 'BB', 200],
    ]);
  });

  it('keeps a body up to the cap and says that it is cut', () => {
    const { streams } = collect(
      [
        ...opened,
        client(request(1, '/', false, 'POST'), data(1, 'x'.repeat(60)), data(1, 'y'.repeat(60), true)),
      ],
      {
        bodyBytes: 100,
      },
    );
    expect(streams[0]?.requestEnd?.body.length).to.equal(100);
    expect(streams[0]?.requestEnd?.truncated).to.equal(true);
  });

  it('ends streams on RST_STREAM from either side and those that GOAWAY refuses', () => {
    const { streams } = collect([
      ...opened,
      client(request(1, '/1', false), request(3, '/3', false), request(5, '/5', false)),
      client(frame(frameType.resetStream, 0, 1, Buffer.alloc(4))),
      server(frame(frameType.goAway, 0, 0, Buffer.from([0, 0, 0, 3, 0, 0, 0, 0]))),
      server(frame(frameType.resetStream, 0, 3, Buffer.alloc(4))),
    ]);
    expect(streams.map(({ stream, end }) => [stream, end])).to.deep.equal([
      [1, 'reset'],
      [3, 'reset'],
      [5, 'refused'],
    ]);
    expect(streams.every(({ requestEnd }) => requestEnd?.truncated)).to.equal(true);
  });

  it('decodes PUSH_PROMISE for the table and does not report the pushed request', () => {
    const promise = block(
      [
        [':method', 'GET'],
        [':path', '/pushed'],
      ],
      true,
    );
    const { streams, losses } = collect([
      ...opened,
      client(request(1, '/')),
      server(
        frame(
          frameType.pushPromise,
          frameFlag.endHeaders,
          1,
          Buffer.concat([Buffer.from([0, 0, 0, 2]), promise]),
        ),
        response(2, '200'),
        // Index 62 is :path /pushed, inserted last.
        frame(frameType.headers, frameFlag.endHeaders | frameFlag.endStream, 1, Buffer.from([0x88, 0xbe])),
      ),
    ]);
    expect(losses).to.deep.equal(['response malformed']); // :path in a response
    expect(streams.map(({ stream, responses }) => [stream, responses.length])).to.deep.equal([[1, 0]]);
  });

  it('does not keep what passes through a CONNECT tunnel', () => {
    const { streams } = collect([
      ...opened,
      client(
        headers(1, [
          [':method', 'CONNECT'],
          [':authority', 'db:5432'],
        ]),
        data(1, 'secret'),
        headers(3, [
          [':method', 'CONNECT'],
          [':protocol', 'websocket'],
          [':scheme', 'https'],
          [':path', '/ws'],
          [':authority', 'h'],
        ]),
      ),
    ]);
    expect(streams[0]?.request?.target).to.equal('db:5432');
    expect(streams[0]?.requestEnd?.body.length).to.equal(0);
    expect(streams[1]?.request?.target).to.equal('/ws');
    expect(streams[1]?.request?.protocol).to.equal('websocket');
  });

  it('answers an upgraded request on stream 1 (RFC 7540 §3.2)', () => {
    const { streams } = collect(
      [server(settings(), response(1, '200')), client(clientStart, request(3, '/next'))],
      {
        upgradeSettings: settings([[0x5, 32_768]])
          .subarray(9)
          .toString('base64url'),
      },
    );
    expect(
      streams.map(({ stream, request, responses }) => [stream, request?.target, responses[0]?.status]),
    ).to.deep.equal([
      [1, undefined, 200],
      [3, '/next', undefined],
    ]);
  });

  it('takes a stream without the preface for something else', () => {
    const collector = collect([client(Buffer.from('GET / HTTP/1.1\r\n\r\n'))]);
    expect(collector.foreign).to.equal(true);
    expect(collector.streams).to.deep.equal([]);
  });

  it('survives a header block that breaks HPACK, and forgets the table then', () => {
    const { streams, losses } = collect([
      ...opened,
      client(
        frame(
          frameType.headers,
          5,
          1,
          block(
            [
              [':method', 'GET'],
              [':path', '/a'],
              ['known', 'v'],
            ],
            true,
          ),
        ),
        frame(frameType.headers, 5, 3, Buffer.from([0x80])),
        frame(frameType.headers, 5, 5, Buffer.concat([Buffer.from([0x82, 0x84, 0xbe])])),
      ),
    ]);
    expect(losses).to.deep.equal(['request malformed']);
    expect(streams.map(({ request }) => request?.target)).to.deep.equal(['/a', '/']);
    expect(streams[1]?.request?.fieldsUnknown).to.equal(1);
  });
});
