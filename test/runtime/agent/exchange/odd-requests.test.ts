import { expect } from 'chai';
import { frameType } from '../../../../runtime/http/http2/frame-header.ts';
import { type Exchange, Protocol } from '../../../../runtime/protocol/generated/mirror.ts';
import { clientStart, frame, headers, request, response, settings } from '../../http/http2/frames.ts';
import { answer, assemble, get, pairs, Script } from './events.ts';

describe('a request that only some servers answer hides nothing', () => {
  describe('CONNECT', () => {
    for (const [what, head] of [
      ['Content-Length', 'HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nhello'],
      ['a length of 0', 'HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n'],
      ['chunks', 'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
      ['204, which has no content', 'HTTP/1.1 204 X\r\n\r\n'],
    ] as const) {
      const status = Number(head.slice(9, 12));

      it(`is like any other method when it is answered with ${what}`, () => {
        const script = new Script();
        const { exchanges, assembler } = assemble([
          script.open(),
          script.request(`CONNECT /a HTTP/1.1\r\n\r\n`),
          script.response(head),
          script.request(get('/1')),
          script.response(answer(201)),
        ]);
        expect(pairs(exchanges)).to.deep.equal([`CONNECT /a → ${status}`, 'GET /1 → 201']);
        expect(assembler.counters).to.include({ foreignConnections: 0, unprocessedRequests: 0 });
      });

      it(`gives no responses to those pipelined behind it, which some servers throw away: ${what}`, () => {
        const script = new Script();
        const { exchanges } = assemble([
          script.open(),
          script.request(`CONNECT a:80 HTTP/1.1\r\n\r\n${get('/1')}${get('/2')}`),
          script.response(head),
          script.request(get('/3')),
          script.response(answer(203)),
        ]);
        expect(pairs(exchanges)).to.deep.equal([
          `CONNECT a:80 → ${status}`,
          'GET /1 → -',
          'GET /2 → -',
          'GET /3 → -',
        ]);
      });
    }

    it('may be refused like any other method', () => {
      const script = new Script();
      const { exchanges } = assemble([
        script.open(),
        script.request('CONNECT a:80 HTTP/1.1\r\n\r\n'),
        script.response(answer(405)),
        script.request(get('/1')),
        script.response(answer(201)),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['CONNECT a:80 → 405', 'GET /1 → 201']);
    });

    it('opens a tunnel when it is answered without, which is counted', () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request('CONNECT a:80 HTTP/1.1\r\n\r\n'),
        script.response('HTTP/1.1 200 X\r\n\r\n'),
        script.request(get('/inside')),
        script.response(answer(200)),
        script.close(),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['CONNECT a:80 → 200']);
      expect(assembler.counters.foreignConnections).to.equal(1);
    });
  });

  for (const [line, protocol] of [
    ['GET /odd HTTP/1.10', Protocol.HTTP_1_1],
    ['GET /odd HTTP/2.0', Protocol.HTTP_1_1],
    ['GET /odd HTTP/1.00', Protocol.HTTP_1_0],
    ['GET\t/odd HTTP/1.1', Protocol.HTTP_1_1],
    ['GET /odd http/1.1', Protocol.HTTP_1_1],
    [`${'M'.repeat(3000)} /odd HTTP/1.1`, Protocol.HTTP_1_1],
  ] as const) {
    const text = `${line}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`;
    const name = line.slice(0, 24);

    it(`has its own response, and so have those around it, whether pipelined or not: ${JSON.stringify(name)}`, () => {
      for (const before of [[], [get('/before')]])
        for (const pipelined of [false, true]) {
          const script = new Script();
          const requests = [...before, text, get('/1'), get('/2')];
          const answers = requests.map((_, index) => answer(200 + index));
          const { exchanges, assembler } = assemble([
            script.open(),
            ...(pipelined
              ? [script.request(requests.join('')), script.response(answers.join(''))]
              : requests.flatMap((one, index) => [
                  script.request(one),
                  script.response(answers[index] as string),
                ])),
          ]);
          expect(targets(exchanges)).to.deep.equal(
            [...before.map(() => '/before'), '/odd', '/1', '/2'].map(
              (path, index) => `${path} ${200 + index}`,
            ),
          );
          expect(exchanges[before.length]?.protocol).to.equal(protocol);
          expect(assembler.counters.losses.malformed).to.equal(0);
        }
    });
  }

  for (const line of ['GET /odd', 'GET /odd HTTP/1.1 b', 'GET /odd RTSP/1.0', 'G{T /odd HTTP/1.1', '\x01']) {
    const text = `${line}\r\nHost: a\r\n\r\n`;

    it(`is counted, and what follows is read, once the server answers in HTTP: ${JSON.stringify(line)}`, () => {
      for (const pieces of [[answer(200)], ['HT', 'TP/1.', answer(200).slice(7)]]) {
        const script = new Script();
        const { exchanges, assembler } = assemble([
          script.open(),
          script.request(text),
          ...pieces.map(piece => script.response(piece)),
          script.request(get('/1')),
          script.response(answer(201)),
          script.request(get('/2')),
          script.response(answer(202)),
          script.close(),
        ]);
        expect(pairs(exchanges)).to.deep.equal(['GET /1 → 201', 'GET /2 → 202']);
        expect(assembler.counters).to.deep.include({
          foreignConnections: 0,
          unprovenRequests: 0,
          orphanResponses: 1,
          losses: { gap: 0, malformed: 1, 'too-large': 0 },
        });
      }
    });

    it(`gives its response to none of those that are pipelined behind it: ${JSON.stringify(line)}`, () => {
      const script = new Script();
      const { exchanges } = assemble([
        script.open(),
        script.request(text + get('/1') + get('/2')),
        script.response(answer(200) + answer(201) + answer(202)),
        script.close(),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /1 → -', 'GET /2 → -']);
    });
  }

  it('is another protocol when the server answers otherwise, or not at all', () => {
    const inside = `SET a GET /value HTTP/1.1\r\n\r\n`;
    for (const reply of [undefined, '+OK\r\n', 'left out']) {
      const script = new Script();
      const events = [script.open(), script.request('PING\r\n'), script.request(inside)];
      if (reply === 'left out') script.silent('response', 5);
      else if (reply !== undefined) events.push(script.response(reply));
      const { exchanges, assembler } = assemble([...events, script.request(inside)]);
      if (reply !== undefined) expect(assembler.counters.foreignConnections).to.equal(1);
      assembler.close();
      expect(exchanges).to.deep.equal([]);
      expect(assembler.counters).to.deep.include({
        foreignConnections: 1,
        losses: { gap: 0, malformed: 0, 'too-large': 0 },
      });
      expect(assembler.counters.unprovenRequests).to.be.within(1, 2);
    }
  });

  it('is another protocol when the server speaks first', () => {
    const script = new Script();
    const open = script.open();
    script.silent('response', 20);
    const { assembler } = assemble([open, script.request('EHLO a\r\n')]);
    expect(assembler.counters.foreignConnections).to.equal(1);
    expect(assembler.retainedBytes).to.be.at.most(1024);
  });

  it('does not hide what follows when the response to it is lost', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request('GET /odd\r\n\r\n'),
      script.gap('response', 50),
      script.request(get('/1')),
      script.response(answer(201)),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 201']);
    expect(assembler.counters.foreignConnections).to.equal(0);
  });
});

describe('an HTTP/2 request with a pseudo-header field behind an ordinary one', () => {
  const misplaced = (stream: number): Buffer =>
    headers(
      stream,
      [
        [':method', 'GET'],
        [':scheme', 'http'],
        ['x-a', 'b'],
        [':path', '/odd'],
        [':authority', 'a'],
      ],
      true,
    );
  const error = Buffer.from([0, 0, 0, 1]);

  it('is emitted when the server answers it', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request(Buffer.concat([clientStart, misplaced(1), request(3, '/3')])),
      script.response(Buffer.concat([settings(), response(3, '203'), response(1, '201')])),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /3 → 203', 'GET /odd → 201']);
    expect(exchanges[1]?.request?.authority).to.equal('a');
    expect(assembler.counters).to.deep.include({
      orphanResponses: 0,
      losses: { gap: 0, malformed: 0, 'too-large': 0 },
    });
  });

  for (const [what, end] of [
    ['resets the stream', [frame(frameType.resetStream, 0, 1, error)]],
    ['ends the connection', []],
  ] as const)
    it(`is malformed when the server ${what}`, () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request(Buffer.concat([clientStart, misplaced(1), request(3, '/3')])),
        script.response(Buffer.concat([settings(), ...end, response(3, '203')])),
        script.close(),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /3 → 203']);
      expect(assembler.counters).to.deep.include({
        withoutResponse: 0,
        losses: { gap: 0, malformed: 1, 'too-large': 0 },
      });
    });

  it('may have a method of any length', () => {
    const script = new Script();
    const method = 'M'.repeat(3000);
    const { exchanges } = assemble([
      script.open(),
      script.request(Buffer.concat([clientStart, request(1, '/1', true, method)])),
      script.response(Buffer.concat([settings(), response(1, '201')])),
    ]);
    expect(pairs(exchanges)).to.deep.equal([`${method} /1 → 201`]);
  });
});

function targets(exchanges: readonly Exchange[]): string[] {
  return exchanges.map(({ request, response }) => `${request?.target} ${response?.status}`);
}
