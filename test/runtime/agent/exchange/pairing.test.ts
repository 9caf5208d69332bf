import { expect } from 'chai';
import fc from 'fast-check';
import type { Exchange } from '../../../../runtime/protocol/generated/mirror.ts';
import { assemble } from './events.ts';
import { Http1Kernel } from './http1-kernel-model.ts';

/** Request `index` is answered with status 400 + index; bodies contain heads of this status. */
const fakeStatus = 599;
const firstStatus = 400;
const fake = `HTTP/1.1 ${fakeStatus} Fake\r\nContent-Length: 7\r\n\r\n`;

const chunkedFields = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked',
  'transfer-encoding:\tCHUNKED ',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked',
  'Content-Length: 3\r\nTransfer-Encoding: chunked',
];

type Gen = fc.GeneratorValue;

interface Plan {
  /** Losses of records: one in so many; 0: none. */
  readonly lossOneIn: number;
  /** Bodies hold what looks like heads, or like chunks. */
  readonly hostile: boolean;
  /** Some responses are. */
  readonly chunked: boolean;
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
    const calls: string[] = [];
    if (this.chance(8)) calls.push('HTTP/1.1 100 Continue\r\n\r\n');
    const line = `HTTP/1.1 ${firstStatus + index} X\r\n${this.chance(10) ? `Pad: ${'p'.repeat(3000)}\r\n` : ''}`;
    const parts = Array.from({ length: this.upTo(3) }, () => this.#bodyPart());
    const isHead = this.#methods[index] === 'HEAD';
    if (this.#plan.chunked && this.chance(2)) {
      calls.push(`${line}${this.#pick(chunkedFields)}\r\n\r\n`);
      if (isHead) return calls;
      for (const part of parts) {
        const size = part.length.toString(16);
        calls.push(
          `${this.#pick([size, size.toUpperCase(), `00${size}`, `${size};a="b;c"`, `${size} ;x`])}\r\n`,
        );
        // Servers write the size of a chunk and the chunk by calls of their own, or together.
        if (this.chance(2)) calls.push(`${part}\r\n`);
        else calls.push(`${calls.pop()}${part}\r\n`);
      }
      return [
        ...calls,
        this.#pick(['0\r\n\r\n', '0\r\n\r\n', '000;z\r\nTrailer: t\r\nOther: HTTP/1.1 200\r\n\r\n']),
      ];
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const field = this.#pick([
      `Content-Length: ${length}`,
      `Content-Length: ${length}`,
      `content-length:${length}`,
      `CONTENT-LENGTH: \t00${length} `,
      `Content-Length: ${length}\r\nX: y\r\nContent-Length: ${length}`,
      `Content-Length: ${length}, ${length}`,
    ]);
    const head = `${line}${field}\r\n\r\n`;
    if (isHead) return [...calls, head];
    return this.chance(2) ? [...calls, head, ...parts] : [...calls, `${head}${parts.join('')}`];
  }

  #bodyPart(): string {
    const body = 'b'.repeat(1 + this.upTo(40));
    if (!this.#plan.hostile) return body;
    if (this.chance(6))
      return `${this.#pick(['5\r\n', '\r\n', '0\r\n\r\n', 'H', 'HTTP/1.1 200 OK\r\n'])}${body}`;
    return this.chance(3) ? `${fake}${body}` : this.chance(4) ? `${body}\r\n${fake}` : body;
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.upTo(values.length - 1)] as T;
  }

  /** By several calls, as small reads and writes make them. */
  cut(text: string): string[] {
    if (!this.chance(3)) return [text];
    const at = this.upTo(text.length);
    return [text.slice(0, at), text.slice(at)].filter(part => part !== '');
  }

  /** The server writes: as it made the calls, as segments of one, or cut anywhere. */
  send(calls: readonly string[]): void {
    const all = calls.join('');
    const way = this.upTo(15);
    if (way < 4) this.kernel.send(...calls);
    else if (way < 8) for (const part of this.cut(all)) this.kernel.send(part);
    else if (way < 10) for (const byte of all) this.kernel.send(byte);
    else for (const call of calls) this.kernel.send(call);
  }
}

/** A client that waits for each response before it sends the next request. */
function sequential(conversation: Conversation): void {
  const { kernel } = conversation;
  conversation.lose();
  const count = 1 + conversation.upTo(12);
  for (let index = 0; index < count; index++) {
    for (const call of conversation.cut(conversation.request())) kernel.receive(call);
    conversation.send(conversation.response(index));
  }
}

/** A client that sends further requests before the responses to earlier ones are there, from the start. */
function pipelining(conversation: Conversation): void {
  const { kernel } = conversation;
  kernel.receive(conversation.request() + conversation.request());
  conversation.lose();
  let unsent = conversation.upTo(10);
  let answered = 0;
  let calls: string[] = [];
  while (answered < conversation.requests || unsent > 0) {
    if (unsent > 0 && (answered === conversation.requests || conversation.chance(2))) {
      unsent--;
      for (const call of conversation.cut(conversation.request())) kernel.receive(call);
      continue;
    }
    calls.push(...conversation.response(answered++));
    // Responses to pipelined requests are put together by some servers, and requests can come in the midst of one.
    if (conversation.chance(3)) continue;
    const sent = conversation.chance(3) ? calls.length - 1 : calls.length;
    conversation.send(calls.slice(0, sent));
    calls = calls.slice(sent);
  }
  conversation.send(calls);
}

/** A client that waits for some time, and for some does not. */
function changing(conversation: Conversation): void {
  const { kernel } = conversation;
  conversation.lose();
  for (let rounds = 1 + conversation.upTo(5); rounds > 0; rounds--) {
    const first = conversation.requests;
    const count = conversation.chance(2) ? 1 : 1 + conversation.upTo(3);
    const requests = Array.from({ length: count }, () => conversation.request());
    const reads = conversation.chance(2) ? [requests.join('')] : requests;
    for (const read of reads) for (const call of conversation.cut(read)) kernel.receive(call);
    const calls = requests.map((_, index) => conversation.response(first + index));
    if (conversation.chance(2)) for (const each of calls) conversation.send(each);
    else conversation.send(calls.flat());
  }
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

/** Conversations of each kind; 200 000 in all were tried. */
const runs = { numRuns: Number(process.env.PAIRING_RUNS ?? 1500) };

describe('the pairing of requests and responses', function () {
  this.timeout(Math.max(120_000, runs.numRuns * 60));

  for (const [name, talk] of [
    ['that waits', sequential],
    ['that pipelines', pipelining],
    ['that changes', changing],
  ] as const) {
    let paired = 0;
    let requests = 0;
    const count = (gen: Gen, plan: Plan) => {
      const result = run(gen, talk, plan);
      paired += result.paired;
      requests += result.requests;
      return result;
    };
    beforeEach(() => {
      paired = 0;
      requests = 0;
    });

    it(`pairs nearly all of a client ${name}, however bodies are framed and writes are cut, while nothing is lost`, () => {
      fc.assert(
        fc.property(fc.gen(), gen => {
          count(gen, { lossOneIn: 0, hostile: false, chunked: true, heads: true });
        }),
        runs,
      );
      process.stdout.write(`      paired: ${((100 * paired) / requests).toFixed(2)} %\n`);
      expect(paired / requests).to.be.greaterThan(0.995);
    });

    it(`never pairs wrongly for a client ${name}, whatever bodies look like`, () => {
      fc.assert(
        fc.property(fc.gen(), gen => {
          const plan = { lossOneIn: 0, hostile: true, chunked: true, heads: true };
          const result = count(gen, plan);
          expect(result.exchanges).to.have.lengthOf(result.requests);
        }),
        runs,
      );
      process.stdout.write(`      paired: ${((100 * paired) / requests).toFixed(2)} %\n`);
      expect(paired / requests).to.be.greaterThan(0.99);
    });

    it(`never pairs wrongly for a client ${name}, whatever is lost`, () => {
      fc.assert(
        fc.property(fc.gen(), fc.integer({ min: 2, max: 12 }), (gen, lossOneIn) => {
          count(gen, { lossOneIn, hostile: true, chunked: true, heads: true });
        }),
        runs,
      );
      process.stdout.write(`      paired: ${((100 * paired) / requests).toFixed(2)} %\n`);
    });
  }
});
