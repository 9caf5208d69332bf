// The client's side of a link that lasts: Hello, Welcome, answers while some are due, and back again when it ends.
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { Backoff } from '../protocol/backoff.ts';
import { FrameDecoder } from '../protocol/framing.ts';
import { type ConnectOptions, connectLink } from '../protocol/link.ts';

export interface LastingLinkOptions<Frame extends { $case: string }> {
  connect: Omit<ConnectOptions, 'signal'>;
  /** First frame of every connection, encoded. */
  hello: Buffer;
  /** Of what the other side sends. */
  maxFrameBytes: number;
  /** Throws when the bytes are none. */
  decode(bytes: Uint8Array): Frame | undefined;
  /** Longest silence before Welcome, and while an answer is due. */
  answerTimeoutMs: number;
  isAnswerDue(): boolean;
  /** The other side has answered Hello. */
  onWelcome(socket: TLSSocket): void;
  /** What comes behind Welcome. Throws to end the connection. */
  onFrame(frame: Frame): void;
  /** A connection has ended, or could not be made. @param reason undefined: the other side closed it without a word */
  onEnd(reason: Error | undefined, wasWelcome: boolean): void;
}

export class LastingLink<Frame extends { $case: string }> {
  readonly #options: LastingLinkOptions<Frame>;
  readonly #closing = new AbortController();
  readonly #finished: Promise<void>;
  readonly #backoff = new Backoff();
  #socket: TLSSocket | undefined;

  /** Connects at once and keeps trying, with growing delays up to 2 s, until `close`. */
  constructor(options: LastingLinkOptions<Frame>) {
    this.#options = options;
    this.#finished = this.#run();
  }

  /** The connection, between Welcome and its end. */
  get socket(): TLSSocket | undefined {
    return this.#socket;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#finished;
  }

  async #run(): Promise<void> {
    const { connect, onEnd } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      let wasWelcome = false;
      let reason: Error | undefined;
      try {
        const socket = await connectLink({ ...connect, signal });
        await this.#converse(socket, () => {
          wasWelcome = true;
        });
      } catch (error) {
        reason = error as Error;
      }
      onEnd(reason, wasWelcome);
      // Rejects when closed meanwhile.
      await delay(this.#backoff.next(), undefined, { signal }).catch(() => {});
    }
  }

  /** Resolves when the connection has ended; rejects when the other side does not keep to the protocol. */
  #converse(socket: TLSSocket, onWelcome: () => void): Promise<void> {
    const { answerTimeoutMs, hello, maxFrameBytes } = this.#options;
    const decoder = new FrameDecoder(maxFrameBytes);
    let failure: Error | undefined;
    const { signal } = this.#closing;
    const destroy = () => socket.destroy();
    signal.addEventListener('abort', destroy, { once: true });
    if (signal.aborted) destroy();
    const fail = (error: Error) => {
      failure ??= error;
      socket.destroy();
    };
    // Silence alone is no fault; silence while an answer is due is.
    socket.setTimeout(answerTimeoutMs, () => {
      if (this.#socket === undefined || this.#options.isAnswerDue())
        fail(this.#failure(`no answer for ${answerTimeoutMs} ms`));
    });
    socket.write(hello);
    socket.on('data', chunk => {
      try {
        for (const bytes of decoder.push(chunk)) this.#receive(socket, bytes, onWelcome);
      } catch (error) {
        fail(error as Error);
      }
    });
    socket.on('error', error => {
      failure ??= error;
    });
    return new Promise((resolve, reject) => {
      socket.once('close', () => {
        signal.removeEventListener('abort', destroy);
        this.#socket = undefined;
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }

  #receive(socket: TLSSocket, bytes: Uint8Array, onWelcome: () => void): void {
    const frame = this.#options.decode(bytes);
    if (frame === undefined) throw this.#failure('the other side sent an empty frame');
    if (this.#socket !== undefined) {
      this.#options.onFrame(frame);
      return;
    }
    if (frame.$case !== 'welcome') throw this.#failure(`the answer to Hello is ${frame.$case}`);
    this.#socket = socket;
    this.#backoff.reset();
    onWelcome();
    this.#options.onWelcome(socket);
  }

  #failure(what: string): Error {
    const { host, link, port } = this.#options.connect;
    return new Error(`${link} link to ${host}:${port}: ${what}`);
  }
}
