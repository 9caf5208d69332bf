import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import {
  capture,
  freePort,
  type Recorder,
  type Server,
  type Stream,
  startServer,
  until,
  workFolder,
} from './support.ts';

/** What servers/ways.c answers. */
const head = 'HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n';
const bodyBytes = 40;
const requestBytes = 450;
const requestsEach = 3;

const requests = Array.from({ length: requestsEach }, (_, index) => {
  const start = `POST /request/${index} HTTP/1.1\r\nHost: a\r\nContent-Length: `;
  const length = requestBytes - start.length - 7;
  return `${start}${length}\r\n\r\n${String.fromCharCode(97 + index).repeat(length)}`;
});

type Seen = 'exact' | 'unseen';

/** Ways to receive and to send, and what is there of the bytes; where the two rungs differ, of both. */
const receiving: [string, Seen][] = [
  ['by_read', 'exact'],
  ['by_recv', 'exact'],
  ['by_waitall', 'exact'],
  ['by_readv', 'exact'],
  ['by_readv_bytes', 'exact'],
  ['by_preadv2', 'exact'],
  ['by_recvmsg', 'exact'],
  ['by_peek', 'exact'],
  ['by_read_and_unmap', 'exact'],
  ['by_low_water', 'exact'],
  ['by_threads', 'exact'],
  ['by_duplicates', 'exact'],
  ['by_children', 'exact'],
  ['by_passing', 'exact'],
  ['by_truncation', 'unseen'],
  ['by_truncation_to_nowhere', 'unseen'],
  ['by_recvmmsg', 'unseen'],
  ['by_splice', 'unseen'],
  ['by_zerocopy', 'unseen'],
  ['by_uring_recv', 'unseen'],
  ['by_uring_read', 'unseen'],
  ['by_uring_task_work', 'unseen'],
  ['by_uring_kernel_thread', 'unseen'],
];

const sending: [string, Seen][] = [
  ['write_response', 'exact'],
  ['writev_response', 'exact'],
  ['pwritev2_response', 'exact'],
  ['send_more', 'exact'],
  ['send_corked', 'exact'],
  ['send_zerocopy', 'exact'],
  ['send_body_file', 'exact'],
  ['send_spliced_body', 'exact'],
  ['send_whole_file', 'unseen'],
  ['send_sendmmsg', 'unseen'],
  ['send_by_uring', 'unseen'],
];

/** Needs root, BTF, `npm run build:bpf`, gcc and openssl; fails without them. */
describe('the ways to move bytes', function () {
  this.timeout(60_000);
  const folder = workFolder();
  const program = join(folder.path, 'ways');
  const captures: { rung: string; capture: Capture; seen: Recorder }[] = [];
  let server: Server | undefined;

  before(() => {
    const source = join(import.meta.dirname, 'servers', 'ways.c');
    execFileSync('gcc', ['-O1', '-o', program, source, '-lpthread']);
    for (const rung of ['A', 'B'] as const) captures.push({ rung, ...capture({ rung }) });
  });
  beforeEach(() => {
    for (const { seen } of captures) seen.beginTest();
  });
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });
  after(() => {
    for (const one of captures) one.capture.close();
    folder.remove();
  });

  /** Requests and responses in turn over one connection; its client port. */
  async function talk(receive: string, send: string): Promise<number> {
    const port = await freePort();
    server = await startServer(program, [String(port), String(requestBytes), receive, send], [port]);
    for (const one of captures) await one.capture.setTargets({ pids: new Set([server.pid]) });
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    let received = 0;
    socket.on('data', chunk => {
      received += chunk.length;
    });
    for (const [index, request] of requests.entries()) {
      socket.write(request);
      await until('the response', () => received === (index + 1) * (head.length + bodyBytes));
    }
    const { localPort = 0 } = socket;
    socket.end();
    await once(socket, 'close');
    return localPort;
  }

  function expectStream(stream: Stream | undefined, exact: Seen, text: string, total: number): void {
    expect(stream?.end, 'bytes accounted for').to.equal(total);
    const unseen = stream?.gaps.filter(gap => gap.reason === 'unseen') ?? [];
    const bytes = unseen.reduce((sum, gap) => sum + gap.bytes, 0);
    if (exact === 'exact') {
      expect(stream?.text).to.equal(text);
      expect(bytes).to.equal(0);
    } else {
      expect(stream?.text.length).to.equal(total - bytes);
      expect(bytes).to.be.greaterThan(0);
      // Whatever is there is what was sent.
      expect(text).to.include(stream?.text);
    }
  }

  for (const [way, receive, send, request, response] of [
    ...receiving.map(([name, seen]) => [name, name, 'write_response', seen, 'exact'] as const),
    ...sending.map(([name, seen]) => [name, 'by_read', name, 'exact', seen] as const),
    ['by_read_then_splice', 'by_read_then_splice', 'send_whole_file', 'unseen', 'unseen'] as const,
  ]) {
    const what = request === 'exact' && response === 'exact' ? 'gives the bytes' : 'counts the bytes';
    it(`${what} of ${way}`, async () => {
      const port = await talk(receive, send);
      for (const { rung, capture, seen } of captures) {
        const connection = () => seen.byClientPort(port)[0];
        await until(`the close, rung ${rung}`, () => connection()?.close !== undefined);
        expect(seen.errors).to.deep.equal([]);
        const streams = connection()?.streams;
        const all = requests.join('');
        expectStream(streams?.get('request socket'), request, all, all.length);
        const heads = head.repeat(requestsEach);
        const total = requestsEach * (head.length + bodyBytes);
        expectStream(streams?.get('response socket'), response, heads, total);
        expect(capture.counters()).to.include({ copyFaultBytes: 0, stateFull: 0, controlRecordsLost: 0 });
      }
    });
  }
});
