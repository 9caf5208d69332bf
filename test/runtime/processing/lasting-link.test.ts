import type { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { LastingLink } from '../../../runtime/processing/lasting-link.ts';
import { encodeFrame, FrameDecoder } from '../../../runtime/protocol/framing.ts';
import { createLinkServer, type LinkServer } from '../../../runtime/protocol/link.ts';
import { waitUntil } from './wait-until.ts';

const token = 'lasting-link-test-token';
const encode = (word: string): Buffer => encodeFrame(Buffer.from(word));

/** Frames are words here; the empty one stands for a frame without content. */
describe('a link that lasts', () => {
  let server: LinkServer;
  let link: LastingLink<{ $case: string }> | undefined;
  let events: string[];
  /** What the server answers to each word. */
  let answers: Record<string, Buffer[]>;
  let isAnswerDue: boolean;

  async function open(answerTimeoutMs = 60_000): Promise<void> {
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    link = new LastingLink({
      connect: { host: '127.0.0.1', port, token, link: 'mesh' },
      hello: encode('hello'),
      maxFrameBytes: 100,
      decode: bytes => (bytes.length === 0 ? undefined : { $case: Buffer.from(bytes).toString() }),
      answerTimeoutMs,
      isAnswerDue: () => isAnswerDue,
      onWelcome: socket => {
        events.push('welcome');
        socket.write(encode('ask'));
      },
      onFrame: ({ $case }) => {
        events.push($case);
        if ($case === 'wrong') throw new Error('a wrong answer');
      },
      onEnd: (reason, wasWelcome) =>
        events.push(`${wasWelcome ? 'ended' : 'failed'}: ${reason?.message.replace(`:${port}`, '')}`),
    });
  }

  beforeEach(() => {
    events = [];
    isAnswerDue = false;
    answers = { hello: [encode('welcome')] };
    server = createLinkServer({ token, link: 'mesh' }, (socket: TLSSocket) => {
      const decoder = new FrameDecoder(100);
      socket.on('data', chunk => {
        for (const bytes of decoder.push(chunk))
          for (const answer of answers[Buffer.from(bytes).toString()] ?? []) socket.write(answer);
      });
    });
  });
  afterEach(async () => {
    await link?.close();
    await server.close();
  });

  it('says Hello, hands over what comes behind Welcome, and has no socket once it is closed', async () => {
    answers.ask = [encode('a'), encode('b')];
    await open();
    await waitUntil('both answers', () => events.length === 3);
    expect(link?.socket).to.not.equal(undefined);
    await link?.close();
    expect(link?.socket).to.equal(undefined);
    expect(events).to.deep.equal(['welcome', 'a', 'b', 'ended: undefined']);
  });

  const ends: [string, () => void, string[]][] = [
    [
      'another answer to Hello',
      () => Object.assign(answers, { hello: [encode('no')] }),
      ['failed: mesh link to 127.0.0.1: the answer to Hello is no'],
    ],
    [
      'an empty frame',
      () => Object.assign(answers, { ask: [encode('')] }),
      ['welcome', 'ended: mesh link to 127.0.0.1: the other side sent an empty frame'],
    ],
    [
      'an answer that is refused',
      () => Object.assign(answers, { ask: [encode('wrong')] }),
      ['welcome', 'wrong', 'ended: a wrong answer'],
    ],
  ];
  for (const [name, arrange, expected] of ends)
    it(`ends with ${name}, and comes back`, async () => {
      arrange();
      await open();
      await waitUntil('a second connection', () => events.length >= 2 * expected.length);
      expect(events.slice(0, 2 * expected.length)).to.deep.equal([...expected, ...expected]);
    });

  it('ends with silence before Welcome, and while an answer is due', async () => {
    answers.hello = [];
    await open(50);
    const silence = 'mesh link to 127.0.0.1: no answer for 50 ms';
    await waitUntil('the end', () => events.includes(`failed: ${silence}`));
    answers.hello = [encode('welcome')];
    await waitUntil('Welcome', () => events.includes('welcome'));
    isAnswerDue = true;
    await waitUntil('the end', () => events.includes(`ended: ${silence}`));
  });
});
