import { expect } from 'chai';
import { Protocol } from '../../../../runtime/protocol/generated/mirror.ts';
import { answer, assemble, get, pairs, Script, startUs } from './events.ts';

const chunkedHead = 'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('the exchange assembler', () => {
  it('makes one exchange of a request and its response', () => {
    const script = new Script(77);
    const { exchanges } = assemble(
      [
        script.open(),
        script.request('POST /a?b=1 HTTP/1.1\r\nHost: api.example\r\nContent-Length: 4\r\n\r\n'),
        script.request('body'),
        script.response('HTTP/1.1 201 Created\r\nServer: x\r\nContent-Length: 2\r\n\r\nok'),
      ],
      { workload: cgroupId => ({ namespace: 'shop', pod: `pod-${cgroupId}`, container: 'web' }) },
    );
    expect(exchanges).to.deep.equal([
      {
        connection: 77,
        timeUs: startUs + 100,
        durationUs: 200,
        client: { ip: '10.0.0.9', port: 40_000 },
        server: { ip: '10.0.0.1', port: 80 },
        tls: false,
        protocol: Protocol.HTTP_1_1,
        request: {
          method: 'POST',
          target: '/a?b=1',
          headers: [
            { name: 'Host', value: Buffer.from('api.example') },
            { name: 'Content-Length', value: Buffer.from('4') },
          ],
          body: Buffer.from('body'),
          truncated: false,
          authority: 'api.example',
        },
        response: {
          status: 201,
          headers: [
            { name: 'Server', value: Buffer.from('x') },
            { name: 'Content-Length', value: Buffer.from('2') },
          ],
        },
        lostBytes: 0,
        process: { pid: 42, comm: 'nginx' },
        workload: { namespace: 'shop', pod: 'pod-7', container: 'web' },
      },
    ]);
  });

  it('pairs keep-alive and pipelined requests in order', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request(get('/1')),
      script.response(answer(200, 'one')),
      script.request(get('/2') + get('/3') + get('/4')),
      script.response(answer(404) + answer(500, 'x')),
      script.response(answer(204)),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200', 'GET /2 → 404', 'GET /3 → 500', 'GET /4 → 204']);
  });

  it('waits for the final response after interim ones, and for the rest of a request answered early', () => {
    const script = new Script();
    const post = 'POST /u HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n';
    const { exchanges } = assemble([
      script.open(),
      script.request(post),
      script.response('HTTP/1.1 100 Continue\r\n\r\n'),
      script.request('abc'),
      script.response(answer(413)),
      script.request('def'),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['POST /u → 413']);
    expect(exchanges[0]?.request?.body.toString()).to.equal('abcdef');
  });

  it('knows that a response to HEAD has no body', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.request('HEAD /h HTTP/1.1\r\n\r\n'),
      script.response('HTTP/1.1 200 X\r\nContent-Length: 500\r\n\r\n'),
      script.request(get('/2')),
      script.response(answer(204)),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['HEAD /h → 200', 'GET /2 → 204']);
  });

  it('stops reading after a switch of protocols', () => {
    const script = new Script();
    const { exchanges, assembler } = assemble([
      script.open(),
      script.request('GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n'),
      script.response('HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello'),
      script.request(get('/inside-a-frame')),
      script.close(),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /ws → 101']);
    expect(assembler.counters.foreignConnections).to.equal(0);
  });

  it('ignores the ciphertext on the socket once the TLS library speaks', () => {
    const script = new Script();
    const { exchanges } = assemble([
      script.open(),
      script.gap('request', 517, 'not-copied'),
      script.gap('response', 3000, 'not-copied'),
      script.request(get('/1'), 'tls'),
      script.request('\x17\x03\x03'),
      script.response(answer(200), 'tls'),
    ]);
    expect(pairs(exchanges)).to.deep.equal(['GET /1 → 200']);
  });

  describe('when response bodies are left out', () => {
    it('stays in step over bodies of known and unknown length', () => {
      const script = new Script();
      const { exchanges, assembler } = assemble([
        script.open(),
        script.request(get('/length')),
        script.response('HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\nsome'),
        script.gap('response', 99_996, 'not-copied'),
        script.request(get('/chunked')),
        script.response(`${chunkedHead}ffff\r\nsome`),
        script.gap('response', 200_000, 'not-copied'),
        script.request(get('/next')),
        script.response(answer(204)),
      ]);
      expect(pairs(exchanges)).to.deep.equal(['GET /length → 200', 'GET /chunked → 200', 'GET /next → 204']);
      expect(exchanges.map(({ lostBytes }) => lostBytes)).to.deep.equal([0, 0, 0]);
      expect(assembler.counters.losses).to.deep.equal({ gap: 0, malformed: 0, 'too-large': 0 });
    });
  });
});
