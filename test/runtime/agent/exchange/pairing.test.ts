import { expect } from 'chai';
import fc from 'fast-check';
import type { Exchange } from '../../../../runtime/protocol/generated/mirror.ts';
import { assemble } from './events.ts';
import { Http1Kernel } from './http1-kernel-model.ts';

/** Request `index` is answered with status 400 + index; bodies contain heads of this status. */
const fakeStatus = 599;
const firstStatus = 400;
const fake = `HTTP/1.1 ${fakeStatus} Fake\r\nContent-Length: 7\r\n\r\n`;

type Gen = fc.GeneratorValue;

interface Plan {
  /** Losses of records: one in so many; 0: none. */
  readonly lossOneIn: number;
  /** Bodies hold what looks like heads; their length is not always known. */
  readonly hostile: boolean;
  /** Some requests are HEAD. */
  readonly heads: boolean;
}

class Conversation {
  readonly kernel: Http1Kernel;
  readonly #gen: Gen;
  readonly #plan: Plan;
  readonly #methods: string[] = [];

  constructor(gen: Gen, plan: Plan) {
    this.#gen = gen;
    this.#plan = plan;
    this.kernel = new Http1Kernel({ oneIn: n => gen(fc.nat, { max: n - 1 }) === 0 });
  }

  get requests(): number {
    return this.#methods.length;
  }

  chance(oneIn: number): boolean {
    return this.#gen(fc.nat, { max: oneIn - 1 }) === 0;
  }

  upTo(max: number): number {
    return this.#gen(fc.nat, { max });
  }

  lose(): void {
    this.kernel.lossOneIn = this.#plan.lossOneIn;
  }

  request(): string {
    // The programs do not know the methods: what is put together with an answer to HEAD counts as its body.
    const method = this.#plan.heads && this.chance(5) ? 'HEAD' : this.chance(3) ? 'POST' : 'GET';
    const index = this.#methods.push(method) - 1;
    const start = `${method} /${index} HTTP/1.1\r\nHost: a\r\n`;
    if (method !== 'POST') return `${start}\r\n`;
    const body = 'x'.repeat(this.upTo(50));
    if (this.chance(2)) return `${start}Content-Length: ${body.length}\r\n\r\n${body}`;
    return `${start}Transfer-Encoding: chunked\r\n\r\n32\r\n${'y'.repeat(50)}\r\n0\r\n\r\n`;
  }

  /** The calls with which the server answers request `index`. */
  response(index: number): string[] {
    const { hostile } = this.#plan;
    const calls: string[] = [];
    if (this.chance(8)) calls.push('HTTP/1.1 100 Continue\r\n\r\n');
    const line = `HTTP/1.1 ${firstStatus + index} X\r\n${this.chance(10) ? `Pad: ${'p'.repeat(3000)}\r\n` : ''}`;
    const parts = Array.from({ length: this.upTo(3) }, () => this.#bodyPart());
    const isHead = this.#methods[index] === 'HEAD';
    if (hostile && this.chance(2)) {
      calls.push(`${line}Transfer-Encoding: chunked\r\n\r\n`);
      if (isHead) return calls;
      for (const part of parts) {
        calls.push(`${part.length.toString(16)}\r\n`);
        // Servers write the size of a chunk and the chunk by calls of their own, or together.
        if (this.chance(2)) calls.push(`${part}\r\n`);
        else calls.push(`${calls.pop()}${part}\r\n`);
      }
      return [...calls, '0\r\n\r\n'];
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const head = `${line}Content-Length: ${length}\r\n\r\n`;
    if (isHead) return [...calls, head];
    return this.chance(2) ? [...calls, head, ...parts] : [...calls, `${head}${parts.join('')}`];
  }

  #bodyPart(): string {
    const body = 'b'.repeat(1 + this.upTo(40));
    if (!this.#plan.hostile) return body;
    return this.chance(3) ? `${fake}${body}` : this.chance(4) ? `${body}\r\n${fake}` : body;
  }

  /** By several calls, as small reads and writes make them. */
  cut(text: string): string[] {
    if (!this.chance(3)) return [text];
    const at = this.upTo(text.length);
    return [text.slice(0, at), text.slice(at)].filter(part => part !== '');
  }
}

/** A client that waits for each response before it sends the next request. */
function sequential(conversation: Conversation): void {
  const { kernel } = conversation;
  conversation.lose();
  const count = 1 + conversation.upTo(12);
  for (let index = 0; index < count; index++) {
    for (const call of conversation.cut(conversation.request())) kernel.receive(call);
    for (const call of conversation.response(index)) kernel.send(call);
  }
}

/** A client that sends further requests before the responses to earlier ones are there, from the start. */
function pipelining(conversation: Conversation): void {
  const { kernel } = conversation;
  kernel.receive(conversation.request() + conversation.request());
  conversation.lose();
  let unsent = conversation.upTo(10);
  let answered = 0;
  let joined = '';
  while (answered < conversation.requests || unsent > 0) {
    if (unsent > 0 && (answered === conversation.requests || conversation.chance(2))) {
      unsent--;
      for (const call of conversation.cut(conversation.request())) kernel.receive(call);
      continue;
    }
    for (const call of conversation.response(answered++)) {
      joined += call;
      // Responses to pipelined requests are put together by some servers.
      if (conversation.chance(3)) continue;
      kernel.send(joined);
      joined = '';
    }
  }
  kernel.send(joined);
}

function check(exchanges: readonly Exchange[]): { paired: number } {
  const targets = exchanges.map(({ request }) => request?.target ?? '');
  expect(new Set(targets).size, `${targets}: each at most once`).to.equal(targets.length);
  let paired = 0;
  for (const { request, response } of exchanges) {
    if (response === undefined) continue;
    paired++;
    expect(response.status, `the response to ${request?.target}`).to.equal(
      firstStatus + Number(request?.target.slice(1)),
    );
  }
  return { paired };
}

function run(gen: Gen, talk: (conversation: Conversation) => void, plan: Plan) {
  const conversation = new Conversation(gen, plan);
  talk(conversation);
  conversation.kernel.close();
  const { exchanges, assembler } = assemble(conversation.kernel.events);
  return { ...check(exchanges), exchanges, assembler, requests: conversation.requests };
}

const runs = { numRuns: 1500 };

describe('the pairing of requests and responses', function () {
  this.timeout(120_000);

  it('pairs all of a client that waits, whatever bodies look like, while nothing is lost', () => {
    fc.assert(
      fc.property(fc.gen(), gen => {
        const { paired, requests } = run(gen, sequential, { lossOneIn: 0, hostile: true, heads: true });
        expect(paired).to.equal(requests);
      }),
      runs,
    );
  });

  it('pairs all of a client that pipelines, while lengths are known and nothing is lost', () => {
    fc.assert(
      fc.property(fc.gen(), gen => {
        const { paired, requests } = run(gen, pipelining, { lossOneIn: 0, hostile: false, heads: false });
        expect(paired).to.equal(requests);
      }),
      runs,
    );
  });

  it('never pairs wrongly when bodies that look like heads are pipelined', () => {
    fc.assert(
      fc.property(fc.gen(), gen => {
        const { exchanges, requests } = run(gen, pipelining, { lossOneIn: 0, hostile: true, heads: true });
        expect(exchanges).to.have.lengthOf(requests);
      }),
      runs,
    );
  });

  for (const [name, talk] of [
    ['that waits', sequential],
    ['that pipelines', pipelining],
  ] as const)
    it(`never pairs wrongly for a client ${name}, whatever is lost`, () => {
      fc.assert(
        fc.property(fc.gen(), fc.integer({ min: 2, max: 12 }), (gen, lossOneIn) => {
          run(gen, talk, { lossOneIn, hostile: true, heads: true });
        }),
        runs,
      );
    });
});
